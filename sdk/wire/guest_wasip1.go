package wire

// guest says that the program runs in a sandbox, without a time zone database.
const guest = true
