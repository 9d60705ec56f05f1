"""The steps of each check for one contract, in a file of the check's name: told by its own working functions, never judged anew."""
