package limit

// Settings are the limits of the server. 0 means none.
type Settings struct {
	MaxSessions     int // calls at once
	MaxTransfers    int // transfers at once, MAXTRANS
	Unauthenticated int // calls whose caller is not known yet
}

// Server holds every count of a server. It lives as long as the server does; a reload calls Apply.
type Server struct {
	Sessions        *Slots // from the accepted call to its end
	Transfers       *Slots // from the file phase to the end of the transfer
	Unauthenticated *Slots // from the accepted call until the partner is known
	Listeners       Keyed  // connections, by the listener's name: MAXCNX
	Partners        Keyed  // sessions, by the partner's ID
	Moving          Keyed  // transfers, by the partner's ID
}

// New makes the counts, all zero.
func New(s Settings) *Server {
	return &Server{Sessions: newSlots(s.MaxSessions), Transfers: newSlots(s.MaxTransfers),
		Unauthenticated: newSlots(s.Unauthenticated)}
}

// Apply changes the limits for the takes that follow. Counts stay.
func (l *Server) Apply(s Settings) {
	l.Sessions.SetMax(s.MaxSessions)
	l.Transfers.SetMax(s.MaxTransfers)
	l.Unauthenticated.SetMax(s.Unauthenticated)
}

// Copy gives counts of the same height that nobody else sees: what is taken there is taken nowhere else.
func (l *Server) Copy() *Server {
	c := &Server{Sessions: l.Sessions.copy(), Transfers: l.Transfers.copy(), Unauthenticated: l.Unauthenticated.copy()}
	c.Listeners.used, c.Partners.used, c.Moving.used = l.Listeners.Counts(), l.Partners.Counts(), l.Moving.Counts()
	return c
}
