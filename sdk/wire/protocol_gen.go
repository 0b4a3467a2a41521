// Code generated from the contract by go generate; DO NOT EDIT.

package wire

import "github.com/postern/postern/sdk"

func appendCounts(b []byte, x *sdk.Counts, show Shown) []byte {
	b = appendInt(b, 1, int64(x.Bytes))
	b = appendInt(b, 2, int64(x.Records))
	b = appendBool(b, 3, x.Known)
	return b
}

func parseCounts(x *sdk.Counts, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Bytes = int64(r.int())
		case 2:
			x.Records = int64(r.int())
		case 3:
			x.Known = bool(r.flag())
		}
	}
	return r.err
}

func appendHello(b []byte, x *sdk.Hello, show Shown) []byte {
	b = appendText(b, 1, string(x.Name))
	b = appendText(b, 2, string(x.CalledName))
	b = appendText(b, 3, x.Secret.Reveal())
	b = appendText(b, 4, x.NewSecret.Reveal())
	b = appendText(b, 5, string(x.Method))
	b = appendText(b, 6, string(x.Access))
	b = appendText(b, 7, string(x.Key))
	b = appendTexts(b, 8, x.CertNames)
	b = appendText(b, 9, string(x.CertPrint))
	b = appendTerms(b, 10, x.Terms)
	b = appendText(b, 11, string(x.Authority))
	b = appendTexts(b, 12, x.Principals)
	return b
}

func parseHello(x *sdk.Hello, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Name = string(r.text())
		case 2:
			x.CalledName = string(r.text())
		case 3:
			x.Secret = sdk.NewSecret(r.text())
		case 4:
			x.NewSecret = sdk.NewSecret(r.text())
		case 5:
			x.Method = string(r.text())
		case 6:
			x.Access = string(r.text())
		case 7:
			x.Key = string(r.text())
		case 8:
			x.CertNames = append(x.CertNames, string(r.text()))
		case 9:
			x.CertPrint = string(r.text())
		case 10:
			x.Terms = append(x.Terms, r.term())
		case 11:
			x.Authority = string(r.text())
		case 12:
			x.Principals = append(x.Principals, string(r.text()))
		}
	}
	return r.err
}

func appendWelcome(b []byte, x *sdk.Welcome, show Shown) []byte {
	b = appendTerms(b, 1, x.Terms)
	b = appendText(b, 2, string(x.LocalName))
	b = appendText(b, 3, x.LocalSecret.Reveal())
	b = appendText(b, 4, string(x.Text))
	return b
}

func parseWelcome(x *sdk.Welcome, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Terms = append(x.Terms, r.term())
		case 2:
			x.LocalName = string(r.text())
		case 3:
			x.LocalSecret = sdk.NewSecret(r.text())
		case 4:
			x.Text = string(r.text())
		}
	}
	return r.err
}

func appendRequest(b []byte, x *sdk.Request, show Shown) []byte {
	b = appendText(b, 1, string(x.Action))
	b = appendText(b, 2, string(x.Kind))
	b = appendText(b, 3, string(x.File))
	b = appendText(b, 4, string(x.Target))
	b = appendText(b, 5, string(x.Label))
	b = appendInt(b, 6, int64(x.Type))
	b = appendInt(b, 7, int64(x.Number))
	b = appendBool(b, 8, x.Restart)
	b = appendInt(b, 9, int64(x.Priority))
	b = appendText(b, 10, string(x.Origin))
	b = appendText(b, 11, string(x.Destination))
	b = appendInt(b, 12, int64(x.Size))
	b = appendInt(b, 13, int64(x.SizeUnit))
	b = appendTerms(b, 14, x.Terms)
	b = appendMap(b, 15, x.Attributes)
	b = appendText(b, 16, string(x.Text))
	b = appendBool(b, 17, x.ReplyWanted)
	b = appendInt(b, 18, int64(x.Mode))
	return b
}

func parseRequest(x *sdk.Request, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Action = sdk.Action(r.text())
		case 2:
			x.Kind = string(r.text())
		case 3:
			x.File = string(r.text())
		case 4:
			x.Target = string(r.text())
		case 5:
			x.Label = string(r.text())
		case 6:
			x.Type = int64(r.int())
		case 7:
			x.Number = int64(r.int())
		case 8:
			x.Restart = bool(r.flag())
		case 9:
			x.Priority = int(r.int())
		case 10:
			x.Origin = string(r.text())
		case 11:
			x.Destination = string(r.text())
		case 12:
			x.Size = int64(r.int())
		case 13:
			x.SizeUnit = int64(r.int())
		case 14:
			x.Terms = append(x.Terms, r.term())
		case 15:
			x.Attributes = r.pair(x.Attributes)
		case 16:
			x.Text = string(r.text())
		case 17:
			x.ReplyWanted = bool(r.flag())
		case 18:
			x.Mode = sdk.Mode(r.int())
		}
	}
	return r.err
}

func appendGrant(b []byte, x *sdk.Grant, show Shown) []byte {
	b = appendInt(b, 1, int64(x.Number))
	b = appendText(b, 2, string(x.File))
	b = appendInt(b, 3, int64(x.Type))
	b = appendText(b, 4, string(x.Origin))
	b = appendText(b, 5, string(x.Destination))
	b = appendText(b, 6, string(x.Label))
	b = appendInt(b, 7, int64(x.Size))
	b = appendTime(b, 8, x.Modified)
	b = appendTerms(b, 9, x.Terms)
	b = appendMap(b, 10, x.Attributes)
	return b
}

func parseGrant(x *sdk.Grant, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Number = int64(r.int())
		case 2:
			x.File = string(r.text())
		case 3:
			x.Type = int64(r.int())
		case 4:
			x.Origin = string(r.text())
		case 5:
			x.Destination = string(r.text())
		case 6:
			x.Label = string(r.text())
		case 7:
			x.Size = int64(r.int())
		case 8:
			x.Modified = r.time()
		case 9:
			x.Terms = append(x.Terms, r.term())
		case 10:
			x.Attributes = r.pair(x.Attributes)
		}
	}
	return r.err
}

func appendReply(b []byte, x *sdk.Reply, show Shown) []byte {
	b = appendText(b, 1, string(x.Text))
	b = appendMap(b, 2, x.Attributes)
	for i := range x.Entries {
		var at int
		b, at = begin(b, 3)
		b = end(appendDirEntry(b, &x.Entries[i], show), at)
	}
	b = appendBool(b, 4, x.More)
	if x.Space != nil {
		var at int
		b, at = begin(b, 5)
		b = end(appendSpace(b, x.Space, show), at)
	}
	return b
}

func parseReply(x *sdk.Reply, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Text = string(r.text())
		case 2:
			x.Attributes = r.pair(x.Attributes)
		case 3:
			var one sdk.DirEntry
			r.within(parseDirEntry(&one, r.message()))
			x.Entries = append(x.Entries, one)
		case 4:
			x.More = bool(r.flag())
		case 5:
			if x.Space == nil {
				x.Space = new(sdk.Space)
			}
			r.within(parseSpace(x.Space, r.message()))
		}
	}
	return r.err
}

func appendDirEntry(b []byte, x *sdk.DirEntry, show Shown) []byte {
	b = appendText(b, 1, string(x.Name))
	b = appendInt(b, 2, int64(x.Size))
	b = appendTime(b, 3, x.Modified)
	b = appendBool(b, 4, x.Dir)
	b = appendBool(b, 5, x.Read)
	b = appendBool(b, 6, x.Write)
	return b
}

func parseDirEntry(x *sdk.DirEntry, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Name = string(r.text())
		case 2:
			x.Size = int64(r.int())
		case 3:
			x.Modified = r.time()
		case 4:
			x.Dir = bool(r.flag())
		case 5:
			x.Read = bool(r.flag())
		case 6:
			x.Write = bool(r.flag())
		}
	}
	return r.err
}

func appendSpace(b []byte, x *sdk.Space, show Shown) []byte {
	b = appendInt(b, 1, int64(x.Total))
	b = appendInt(b, 2, int64(x.Free))
	b = appendInt(b, 3, int64(x.Available))
	b = appendInt(b, 4, int64(x.Files))
	b = appendInt(b, 5, int64(x.FilesFree))
	return b
}

func parseSpace(x *sdk.Space, r reader) error {
	for r.next() {
		switch r.num {
		case 1:
			x.Total = int64(r.int())
		case 2:
			x.Free = int64(r.int())
		case 3:
			x.Available = int64(r.int())
		case 4:
			x.Files = int64(r.int())
		case 5:
			x.FilesFree = int64(r.int())
		}
	}
	return r.err
}
