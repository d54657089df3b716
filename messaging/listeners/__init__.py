"""The client's other systems, told what happens: signed requests to an address of theirs."""
