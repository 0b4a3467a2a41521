package local

// WalkStepByStep takes the way to a folder as systems do that have no call for it.
func (b *Backend) WalkStepByStep() { b.walker = steps{b.root} }
