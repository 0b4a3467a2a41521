package meter

// The runtime's compiler takes time that grows with the square of a function's branches, and with its locals on top: one
// function of 64 KiB was seen to take 4 s, one of 26 KiB with 40,000 locals as long, and a megabyte would take hours, in
// which nothing can stop it. So effort is counted before it is spent. For one function it is the square of its branches
// times its locals and 40, where three accesses to memory weigh as much as one branch. A unit took 0.7 ns at most.
const (
	branchForks = 3 // of an instruction that steers
	accessForks = 1 // of an access to memory, a target of br_table, a burning point

	maxEffort      = 5e9  // of one function, about 3 s; the worst of a Go program of 14 MB has 2.5e9
	maxTotalEffort = 50e9 // of all functions together; that program has 34e9, a Go guest 5e9 to 7e9
)

// effort settles what compiling a function takes, and refuses what is too much.
func (p *pass) effort(b *body) {
	branches := float64(b.forks) / branchForks
	one := branches * branches * (40 + float64(b.own))
	p.spent += one
	if one > maxEffort || p.spent > maxTotalEffort {
		b.refuse(ErrLimit, b.at, "split the function into smaller ones, or compile with optimisation",
			"compiling it would take too long: %.0f branches and %d locals", branches, b.own)
	}
}
