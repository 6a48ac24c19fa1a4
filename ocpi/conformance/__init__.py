"""Whether a platform speaks OCPI 2.2.1: checks that play an eMSP against a CPO, or a CPO against an eMSP.

`checks/` says what is looked at, one function each; `registry` is how they are declared; `kit` is what they can use;
`listener` is the platform that we are meanwhile; `engine` carries them out; `report` tells what came out.
"""
