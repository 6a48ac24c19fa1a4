"""`make load URL=…`: a CPO's traffic of four kinds against an eMSP of ours; docs/load.md says what each is for."""
