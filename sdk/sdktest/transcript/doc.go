// Package transcript plays written conversations with a dialogue: what the peer sends, what the dialogue makes of it,
// what the core says and which bytes that gives. It is for tests of protocols, in a test binary and in a WASM guest
// alike; it is not a network peer and has no clock. [Run] plays a file in a test, [Play] returns an error instead.
//
// A file has sections, each a call of its own:
//
//	-- a message is answered --
//	role answering                        # or calling; the opening's role when there is none
//	term window=2                         # changes one term of the opening
//	setting framed=1                      # or one setting
//	coalesce no                           # the peer may not send ahead here
//	>| HELLO PARIS secret                 # from the peer: this text and a line feed
//	! Hello name=PARIS secret=secret terms.window=4
//	say Welcome name=POSTERN terms.window=2
//	<| WELCOME name=POSTERN window=2      # to the peer
//	> 00 0E 40 20 "text" 41*70000 "x"*3   # bytes: hexadecimal, quoted as in Go, repeated
//	! Request ref=1 action=create file="FILE" number=36812 size=1024
//	say Data ref=1 at=-1 bytes="x"*100
//	said used=64 next=PointDue
//	< 01 ?? "abc"                         # ?? is any byte
//	! Data bytes=hex:00ff record_end
//	! Bye exact                           # fields that are not listed must be zero
//	say Synced ref=9
//	said error
//
// Fields have the names of [sdk.Message] and of the body that belongs to the kind, in small letters with underscores.
// terms.NAME and attributes.NAME reach into lists; lists of words stand between commas. "ok" means: no refusal.
//
// A dialogue that is [sdk.Pipelined] is offered everything at once: its steps say what comes of it in which order, and
// what it asked before may be answered later. Rows of a listing are NAME:SIZE, with :r, :w or :rw for rights, or FOLDER/,
// between commas; space is five numbers.
//
// Every section is played three ways: as written; byte by byte with room for one event; and, where the dialogue is not
// pipelined, with everything that the peer could have sent ahead already there. Data may come in other pieces than
// written, as long as the bytes and the ends of records are the same. The input is overwritten after each call, so that
// a dialogue that keeps a slice of it is found out. What answers a Want of a dialogue with gaps is written from them.
package transcript
