package frame

import "github.com/postern/postern/sdk"

// The names of the contract's services, and of the methods that are not exit points.
const (
	ExitService    = "postern.v1.Exit"
	PluginService  = "postern.v1.Plugin"
	MethodDescribe = "Describe"
	Describe       = "/" + PluginService + "/" + MethodDescribe
	MethodOpenFile = "OpenFile" // the point open, for a file that is sent and may be read
	OpenFile       = "/" + ExitService + "/" + MethodOpenFile

	ProtocolService = "postern.v1.Protocol"
	MethodDialogue  = "Dialogue" // the whole of one call
	Dialogue        = "/" + ProtocolService + "/" + MethodDialogue
)

// Cookie is what a plugin expects in its environment, so that somebody who starts it by hand is told what it is.
const (
	CookieKey   = "POSTERN_PLUGIN"
	CookieValue = "b1f0c6a4-exit"
)

// Major is the version that both ends of a process agree on: the contract's major.
const Major = int(sdk.ContractVersion >> 16)

var methods = map[sdk.Point]string{
	sdk.PointAccept: "Accept", sdk.PointIdentify: "Identify", sdk.PointNegotiate: "Negotiate", sdk.PointResolve: "Resolve",
	sdk.PointAuthorize: "Authorize", sdk.PointOpen: "Open", sdk.PointRestart: "Restart", sdk.PointFilter: "Filter",
	sdk.PointVerify: "Verify", sdk.PointMessage: "Message", sdk.PointInterrupt: "Interrupt", sdk.PointDone: "Done",
	sdk.PointClose: "Close",
}

var paths = func() map[sdk.Point]string {
	out := map[sdk.Point]string{}
	for p, name := range methods {
		out[p] = "/" + ExitService + "/" + name
	}
	return out
}()

// MethodName gives the name of a point's method in the service, "" for a name that is no exit point.
func MethodName(p sdk.Point) string { return methods[p] }

// Method gives the full name under which a point is asked, "" for a name that is no exit point.
func Method(p sdk.Point) string { return paths[p] }
