package wire

// HTTPRequest is what a module gives to http_request. Headers are those besides Content-Type.
type HTTPRequest struct {
	Method, URL, ContentType string
	Body                     []byte
	Headers                  map[string]string
}

// HTTPReply is what it gets.
type HTTPReply struct {
	Status      int
	ContentType string
	Body        []byte
}

// AppendHTTPRequest appends an HttpRequest.
func AppendHTTPRequest(b []byte, q *HTTPRequest) []byte {
	b = appendText(b, 1, q.Method)
	b = appendText(b, 2, q.URL)
	b = appendText(b, 3, q.ContentType)
	b = appendBytes(b, 4, q.Body)
	return appendMap(b, 5, q.Headers)
}

// ParseHTTPRequest reads an HttpRequest.
func ParseHTTPRequest(s string) (q HTTPRequest, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			q.Method = r.text()
		case 2:
			q.URL = r.text()
		case 3:
			q.ContentType = r.text()
		case 4:
			q.Body = r.bytes()
		case 5:
			q.Headers = r.pair(q.Headers)
		}
	}
	return q, r.err
}

// AppendHTTPReply appends an HttpReply.
func AppendHTTPReply(b []byte, a *HTTPReply) []byte {
	b = appendInt(b, 1, int64(a.Status))
	b = appendText(b, 2, a.ContentType)
	return appendBytes(b, 3, a.Body)
}

// ParseHTTPReply reads an HttpReply.
func ParseHTTPReply(s string) (a HTTPReply, err error) {
	r := reader{rest: s}
	for r.next() {
		switch r.num {
		case 1:
			a.Status = int(r.int())
		case 2:
			a.ContentType = r.text()
		case 3:
			a.Body = r.bytes()
		}
	}
	return a, r.err
}
