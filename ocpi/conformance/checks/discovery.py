"""Versions and version details (chapter 6)."""

from urllib.parse import urlsplit

from ocpi.conformance import registration
from ocpi.conformance.kit import EXPECTED, Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Stage, Target, check
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.versions import Version

DEPRECATED = {"2.1", "2.2"}


@check("VER-01 VER-08", stage=Stage.DISCOVERY, module="versions")
def versions(kit: Kit) -> Findings:
    """The versions endpoint takes a valid token and lists each version with the URL of its details."""
    found = registration.read_versions(kit)
    kit.kept["versions"] = found
    for item in kit.last.objects if kit.last else []:
        try:
            Version.from_wire(item)
        except InvalidObject as error:
            yield f"an entry cannot be read: {error.message}"


@check("VER-02 VER-15", stage=Stage.DISCOVERY, module="versions")
def version_details(kit: Kit) -> Findings:
    """The details of 2.2.1 name that version and list at least one endpoint with identifier, role and URL."""
    answer = registration.read_details(kit, kit.kept.get("versions", []))
    if problem := registration.wrong_with_details(answer.payload):
        yield problem, answer
    if kit.details.get("version") != "2.2.1":
        yield f"the details of 2.2.1 say version {kit.details.get('version')}", answer


@check("VER-19", stage=Stage.BEFORE, severity=Severity.NOTE)
def deprecated_versions(kit: Kit) -> Findings:
    """2.1 and 2.2 were withdrawn in favour of 2.1.1 and 2.2.1 and must not be newly used."""
    for version in kit.kept.get("versions", []):
        if version.version in DEPRECATED:
            yield f"{version.version} is offered"


@check("VER-07 TYP-12", stage=Stage.BEFORE)
def endpoint_urls(kit: Kit) -> Findings:
    """URLs of versions and endpoints are absolute and have at most 255 characters."""
    urls = [version.url for version in kit.kept.get("versions", [])]
    urls += [str(endpoint.get("url")) for endpoint in kit.details.get("endpoints", [])]
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            yield f"{url} is not absolute"
        elif len(url) > 255:
            yield f"{url[:60]}… has {len(url)} characters"


@check("VER-05 CRE-01", stage=Stage.BEFORE)
def credentials_once(kit: Kit) -> Findings:
    """The credentials module is listed, and once only, whatever roles the platform has."""
    count = sum(1 for each in kit.details.get("endpoints", []) if each.get("identifier") == "credentials")
    if count != 1:
        yield f"credentials is listed {count} times"


@check("VER-04", stage=Stage.BEFORE, tests=Target.CPO)
def modules_of_a_cpo(kit: Kit) -> Findings:
    """A CPO sends locations, sessions, CDRs and tariffs and receives tokens and commands, unless agreed otherwise."""
    yield from _not_offered(kit)


@check("VER-03", stage=Stage.BEFORE, tests=Target.EMSP)
def modules_of_an_emsp(kit: Kit) -> Findings:
    """An eMSP receives locations, sessions, CDRs and tariffs and sends tokens and commands, unless agreed otherwise."""
    yield from _not_offered(kit)


def _not_offered(kit: Kit) -> Findings:
    for module in EXPECTED[kit.target]:
        if module not in kit.options.without and not kit.listed(module):
            yield f"{module} is not offered in the role of a {kit.target}; say --without {module} if that is agreed"


@check("VER-18", stage=Stage.BEFORE, severity=Severity.NOTE)
def only_get_for_versions(kit: Kit) -> Findings:
    """Versions can only be read: the standard has no other method for them."""
    answer = kit.post("versions", body={})
    if answer.succeeded:
        yield f"POST was answered with {answer.outcome}"


@check("TRA-45", stage=Stage.BEFORE, severity=Severity.NOTE)
def trailing_slash(kit: Kit) -> Findings:
    """A slash at the end of an endpoint makes no difference; partners join URLs in both ways."""
    if "?" in kit.versions_url or kit.versions_url.endswith("/"):
        raise Skip("the versions URL has a form of its own")
    answer = kit.get("versions", url=f"{kit.versions_url}/")
    answer.beside = True
    if not answer.succeeded:
        yield f"with a slash it was answered with {answer.outcome}"


@check("TRA-01", stage=Stage.BEFORE, severity=Severity.WARNING, level=Level.READS)
def https(kit: Kit) -> Findings:
    """OCPI runs over HTTPS."""
    host = urlsplit(kit.versions_url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1"):
        raise Skip("a platform on this machine")
    if not kit.versions_url.startswith("https:"):
        yield "the versions URL is not https"
