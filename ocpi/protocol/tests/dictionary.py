"""The objects and enums of OCPI 2.2.1 as a table: chapter, name, then `field type cardinality` or the values.

Lengths are the corrected ones (address 255, state 45, plain_data 5000). Cardinality: 1 required, ? optional, * list,
+ list with at least one.
"""

OBJECTS = """
versions.Version
    version VersionNumber 1
    url URL 1
versions.VersionDetails
    version VersionNumber 1
    endpoints Endpoint +
versions.Endpoint
    identifier ModuleID 1
    role InterfaceRole 1
    url URL 1
credentials.Credentials
    token string(64) 1
    url URL 1
    roles CredentialsRole +
credentials.CredentialsRole
    role Role 1
    business_details BusinessDetails 1
    party_id CiString(3) 1
    country_code CiString(2) 1
types.DisplayText
    language string(2) 1
    text string(512) 1
types.Price
    excl_vat number 1
    incl_vat number ?
locations.Location
    country_code CiString(2) 1
    party_id CiString(3) 1
    id CiString(36) 1
    publish boolean 1
    publish_allowed_to PublishTokenType *
    name string(255) ?
    address string(255) 1
    city string(45) 1
    postal_code string(10) ?
    state string(45) ?
    country string(3) 1
    coordinates GeoLocation 1
    related_locations AdditionalGeoLocation *
    parking_type ParkingType ?
    evses EVSE *
    directions DisplayText *
    operator BusinessDetails ?
    suboperator BusinessDetails ?
    owner BusinessDetails ?
    facilities Facility *
    time_zone string(255) 1
    opening_times Hours ?
    charging_when_closed boolean ?
    images Image *
    energy_mix EnergyMix ?
    last_updated DateTime 1
locations.EVSE
    uid CiString(36) 1
    evse_id CiString(48) ?
    status Status 1
    status_schedule StatusSchedule *
    capabilities Capability *
    connectors Connector +
    floor_level string(4) ?
    coordinates GeoLocation ?
    physical_reference string(16) ?
    directions DisplayText *
    parking_restrictions ParkingRestriction *
    images Image *
    last_updated DateTime 1
locations.Connector
    id CiString(36) 1
    standard ConnectorType 1
    format ConnectorFormat 1
    power_type PowerType 1
    max_voltage int 1
    max_amperage int 1
    max_electric_power int ?
    tariff_ids CiString(36) *
    terms_and_conditions URL ?
    last_updated DateTime 1
locations.AdditionalGeoLocation
    latitude string(10) 1
    longitude string(11) 1
    name DisplayText ?
locations.BusinessDetails
    name string(100) 1
    website URL ?
    logo Image ?
locations.EnergyMix
    is_green_energy boolean 1
    energy_sources EnergySource *
    environ_impact EnvironmentalImpact *
    supplier_name string(64) ?
    energy_product_name string(64) ?
locations.EnergySource
    source EnergySourceCategory 1
    percentage number 1
locations.EnvironmentalImpact
    category EnvironmentalImpactCategory 1
    amount number 1
locations.ExceptionalPeriod
    period_begin DateTime 1
    period_end DateTime 1
locations.GeoLocation
    latitude string(10) 1
    longitude string(11) 1
locations.Hours
    twentyfourseven boolean 1
    regular_hours RegularHours *
    exceptional_openings ExceptionalPeriod *
    exceptional_closings ExceptionalPeriod *
locations.Image
    url URL 1
    thumbnail URL ?
    category ImageCategory 1
    type CiString(4) 1
    width int(5) ?
    height int(5) ?
locations.PublishTokenType
    uid CiString(36) ?
    type TokenType ?
    visual_number string(64) ?
    issuer string(64) ?
    group_id CiString(36) ?
locations.RegularHours
    weekday int(1) 1
    period_begin string(5) 1
    period_end string(5) 1
locations.StatusSchedule
    period_begin DateTime 1
    period_end DateTime ?
    status Status 1
sessions.Session
    country_code CiString(2) 1
    party_id CiString(3) 1
    id CiString(36) 1
    start_date_time DateTime 1
    end_date_time DateTime ?
    kwh number 1
    cdr_token CdrToken 1
    auth_method AuthMethod 1
    authorization_reference CiString(36) ?
    location_id CiString(36) 1
    evse_uid CiString(36) 1
    connector_id CiString(36) 1
    meter_id string(255) ?
    currency string(3) 1
    charging_periods ChargingPeriod *
    total_cost Price ?
    status SessionStatus 1
    last_updated DateTime 1
sessions.ChargingPreferences
    profile_type ProfileType 1
    departure_time DateTime ?
    energy_need number ?
    discharge_allowed boolean ?
cdrs.CDR
    country_code CiString(2) 1
    party_id CiString(3) 1
    id CiString(39) 1
    start_date_time DateTime 1
    end_date_time DateTime 1
    session_id CiString(36) ?
    cdr_token CdrToken 1
    auth_method AuthMethod 1
    authorization_reference CiString(36) ?
    cdr_location CdrLocation 1
    meter_id string(255) ?
    currency string(3) 1
    tariffs Tariff *
    charging_periods ChargingPeriod +
    signed_data SignedData ?
    total_cost Price 1
    total_fixed_cost Price ?
    total_energy number 1
    total_energy_cost Price ?
    total_time number 1
    total_time_cost Price ?
    total_parking_time number ?
    total_parking_cost Price ?
    total_reservation_cost Price ?
    remark string(255) ?
    invoice_reference_id CiString(39) ?
    credit boolean ?
    credit_reference_id CiString(39) ?
    home_charging_compensation boolean ?
    last_updated DateTime 1
cdrs.CdrDimension
    type CdrDimensionType 1
    volume number 1
cdrs.CdrLocation
    id CiString(36) 1
    name string(255) ?
    address string(255) 1
    city string(45) 1
    postal_code string(10) ?
    state string(45) ?
    country string(3) 1
    coordinates GeoLocation 1
    evse_uid CiString(36) 1
    evse_id CiString(48) 1
    connector_id CiString(36) 1
    connector_standard ConnectorType 1
    connector_format ConnectorFormat 1
    connector_power_type PowerType 1
cdrs.CdrToken
    country_code CiString(2) 1
    party_id CiString(3) 1
    uid CiString(36) 1
    type TokenType 1
    contract_id CiString(36) 1
cdrs.ChargingPeriod
    start_date_time DateTime 1
    dimensions CdrDimension +
    tariff_id CiString(36) ?
cdrs.SignedData
    encoding_method CiString(36) 1
    encoding_method_version int ?
    public_key string(512) ?
    signed_values SignedValue +
    url string(512) ?
cdrs.SignedValue
    nature CiString(32) 1
    plain_data string(5000) 1
    signed_data string(5000) 1
tariffs.Tariff
    country_code CiString(2) 1
    party_id CiString(3) 1
    id CiString(36) 1
    currency string(3) 1
    type TariffType ?
    tariff_alt_text DisplayText *
    tariff_alt_url URL ?
    min_price Price ?
    max_price Price ?
    elements TariffElement +
    start_date_time DateTime ?
    end_date_time DateTime ?
    energy_mix EnergyMix ?
    last_updated DateTime 1
tariffs.PriceComponent
    type TariffDimensionType 1
    price number 1
    vat number ?
    step_size int 1
tariffs.TariffElement
    price_components PriceComponent +
    restrictions TariffRestrictions ?
tariffs.TariffRestrictions
    start_time string(5) ?
    end_time string(5) ?
    start_date string(10) ?
    end_date string(10) ?
    min_kwh number ?
    max_kwh number ?
    min_current number ?
    max_current number ?
    min_power number ?
    max_power number ?
    min_duration int ?
    max_duration int ?
    day_of_week DayOfWeek *
    reservation ReservationRestrictionType ?
tokens.AuthorizationInfo
    allowed AllowedType 1
    token Token 1
    location LocationReferences ?
    authorization_reference CiString(36) ?
    info DisplayText ?
tokens.Token
    country_code CiString(2) 1
    party_id CiString(3) 1
    uid CiString(36) 1
    type TokenType 1
    contract_id CiString(36) 1
    visual_number string(64) ?
    issuer string(64) 1
    group_id CiString(36) ?
    valid boolean 1
    whitelist WhitelistType 1
    language string(2) ?
    default_profile_type ProfileType ?
    energy_contract EnergyContract ?
    last_updated DateTime 1
tokens.EnergyContract
    supplier_name string(64) 1
    contract_id string(64) ?
tokens.LocationReferences
    location_id CiString(36) 1
    evse_uids CiString(36) *
commands.CancelReservation
    response_url URL 1
    reservation_id CiString(36) 1
commands.CommandResponse
    result CommandResponseType 1
    timeout int 1
    message DisplayText *
commands.CommandResult
    result CommandResultType 1
    message DisplayText *
commands.ReserveNow
    response_url URL 1
    token Token 1
    expiry_date DateTime 1
    reservation_id CiString(36) 1
    location_id CiString(36) 1
    evse_uid CiString(36) ?
    authorization_reference CiString(36) ?
commands.StartSession
    response_url URL 1
    token Token 1
    location_id CiString(36) 1
    evse_uid CiString(36) ?
    connector_id CiString(36) ?
    authorization_reference CiString(36) ?
commands.StopSession
    response_url URL 1
    session_id CiString(36) 1
commands.UnlockConnector
    response_url URL 1
    location_id CiString(36) 1
    evse_uid CiString(36) 1
    connector_id CiString(36) 1
chargingprofiles.ChargingProfileResponse
    result ChargingProfileResponseType 1
    timeout int 1
chargingprofiles.ActiveChargingProfileResult
    result ChargingProfileResultType 1
    profile ActiveChargingProfile ?
chargingprofiles.ChargingProfileResult
    result ChargingProfileResultType 1
chargingprofiles.ClearProfileResult
    result ChargingProfileResultType 1
chargingprofiles.SetChargingProfile
    charging_profile ChargingProfile 1
    response_url URL 1
chargingprofiles.ActiveChargingProfile
    start_date_time DateTime 1
    charging_profile ChargingProfile 1
chargingprofiles.ChargingProfile
    start_date_time DateTime ?
    duration int ?
    charging_rate_unit ChargingRateUnit 1
    min_charging_rate number ?
    charging_profile_period ChargingProfilePeriod *
chargingprofiles.ChargingProfilePeriod
    start_period int 1
    limit number 1
hubclientinfo.ClientInfo
    party_id CiString(3) 1
    country_code CiString(2) 1
    role Role 1
    status ConnectionStatus 1
    last_updated DateTime 1
"""

ENUMS = """
versions.InterfaceRole
    SENDER RECEIVER
versions.VersionNumber
    2.0 2.1 2.1.1 2.2 2.2.1
versions.ModuleID
    cdrs chargingprofiles commands credentials hubclientinfo locations sessions tariffs tokens
types.Role
    CPO EMSP HUB NAP NSP OTHER SCSP
locations.Capability
    CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT CONTACTLESS_CARD_SUPPORT
    CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE PED_TERMINAL REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER
    START_SESSION_CONNECTOR_REQUIRED TOKEN_GROUP_CAPABLE UNLOCK_CAPABLE
locations.ConnectorFormat
    SOCKET CABLE
locations.ConnectorType
    CHADEMO CHAOJI DOMESTIC_A DOMESTIC_B DOMESTIC_C DOMESTIC_D DOMESTIC_E DOMESTIC_F DOMESTIC_G DOMESTIC_H
    DOMESTIC_I DOMESTIC_J DOMESTIC_K DOMESTIC_L DOMESTIC_M DOMESTIC_N DOMESTIC_O GBT_AC GBT_DC
    IEC_60309_2_single_16 IEC_60309_2_three_16 IEC_60309_2_three_32 IEC_60309_2_three_64 IEC_62196_T1
    IEC_62196_T1_COMBO IEC_62196_T2 IEC_62196_T2_COMBO IEC_62196_T3A IEC_62196_T3C NEMA_5_20 NEMA_6_30
    NEMA_6_50 NEMA_10_30 NEMA_10_50 NEMA_14_30 NEMA_14_50 PANTOGRAPH_BOTTOM_UP PANTOGRAPH_TOP_DOWN TESLA_R
    TESLA_S
locations.EnergySourceCategory
    NUCLEAR GENERAL_FOSSIL COAL GAS GENERAL_GREEN SOLAR WIND WATER
locations.EnvironmentalImpactCategory
    NUCLEAR_WASTE CARBON_DIOXIDE
locations.Facility
    HOTEL RESTAURANT CAFE MALL SUPERMARKET SPORT RECREATION_AREA NATURE MUSEUM BIKE_SHARING BUS_STOP
    TAXI_STAND TRAM_STOP METRO_STATION TRAIN_STATION AIRPORT PARKING_LOT CARPOOL_PARKING FUEL_STATION WIFI
locations.ImageCategory
    CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER
locations.ParkingRestriction
    EV_ONLY PLUGGED DISABLED CUSTOMERS MOTORCYCLES
locations.ParkingType
    ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET UNDERGROUND_GARAGE
locations.PowerType
    AC_1_PHASE AC_2_PHASE AC_2_PHASE_SPLIT AC_3_PHASE DC
locations.Status
    AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED UNKNOWN
sessions.ChargingPreferencesResponse
    ACCEPTED DEPARTURE_REQUIRED ENERGY_NEED_REQUIRED NOT_POSSIBLE PROFILE_TYPE_NOT_SUPPORTED
sessions.ProfileType
    CHEAP FAST GREEN REGULAR
sessions.SessionStatus
    ACTIVE COMPLETED INVALID PENDING RESERVATION
cdrs.AuthMethod
    AUTH_REQUEST COMMAND WHITELIST
cdrs.CdrDimensionType
    CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT MAX_CURRENT MIN_CURRENT MAX_POWER MIN_POWER PARKING_TIME POWER
    RESERVATION_TIME STATE_OF_CHARGE TIME
tariffs.DayOfWeek
    MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY
tariffs.ReservationRestrictionType
    RESERVATION RESERVATION_EXPIRES
tariffs.TariffDimensionType
    ENERGY FLAT PARKING_TIME TIME
tariffs.TariffType
    AD_HOC_PAYMENT PROFILE_CHEAP PROFILE_FAST PROFILE_GREEN REGULAR
tokens.AllowedType
    ALLOWED BLOCKED EXPIRED NO_CREDIT NOT_ALLOWED
tokens.TokenType
    AD_HOC_USER APP_USER OTHER RFID
tokens.WhitelistType
    ALWAYS ALLOWED ALLOWED_OFFLINE NEVER
commands.CommandResponseType
    NOT_SUPPORTED REJECTED ACCEPTED UNKNOWN_SESSION
commands.CommandResultType
    ACCEPTED CANCELED_RESERVATION EVSE_OCCUPIED EVSE_INOPERATIVE FAILED NOT_SUPPORTED REJECTED TIMEOUT
    UNKNOWN_RESERVATION
commands.CommandType
    CANCEL_RESERVATION RESERVE_NOW START_SESSION STOP_SESSION UNLOCK_CONNECTOR
chargingprofiles.ChargingRateUnit
    W A
chargingprofiles.ChargingProfileResponseType
    ACCEPTED NOT_SUPPORTED REJECTED TOO_OFTEN UNKNOWN_SESSION
chargingprofiles.ChargingProfileResultType
    ACCEPTED REJECTED UNKNOWN
hubclientinfo.ConnectionStatus
    CONNECTED OFFLINE PLANNED SUSPENDED
"""


def blocks(table: str) -> dict[str, list[str]]:
    """The lines under each heading of such a table, words and all."""
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in filter(None, table.splitlines()):
        if line.startswith(" "):
            rows.append(line.strip())
        else:
            rows = found[line] = []
    return found
