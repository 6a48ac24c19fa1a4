"""OCPI module cdrs: the bills of the CPOs (chapter mod_cdrs). A CDR never changes once it is here."""
