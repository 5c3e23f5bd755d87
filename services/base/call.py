"""`Call`, under the name that engines use."""

from lanternist.runtime.call import Call as Call
