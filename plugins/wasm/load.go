package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// Load compiles a module, makes its first instance, asks it what it is, and holds the answer against the settings: a
// point that it does not serve, or a grant that it needs and was not given, is an error. Close the exit to give
// everything back. A module that is loaded and closed again leaves nothing but its compiled code in the cache.
func Load(ctx context.Context, s Settings) (*Exit, error) {
	s = s.withDefaults()
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("exit %s: %w", s.Name, err)
	}
	e, err := load(ctx, &s)
	var f *Failure
	if err != nil && !errors.As(err, &f) { // a failure names the exit itself
		err = fmt.Errorf("exit %s: %w", s.Name, err)
	}
	return e, err
}

func load(ctx context.Context, s *Settings) (*Exit, error) {
	e, err := prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := e.meet(ctx, s); err != nil {
		_ = e.release() // the fault that was found is the one to tell
		return nil, err
	}
	return e, nil
}

// prepare makes an exit that has no instance yet.
func prepare(ctx context.Context, s *Settings) (*Exit, error) {
	config, err := newConfig(s.Config)
	if err != nil {
		return nil, err
	}
	folders, err := openFolders(s.Grants.Folders)
	if err != nil {
		return nil, err
	}
	p, err := compile(ctx, s)
	if err != nil {
		closeFolders(folders)
		return nil, err
	}
	e := &Exit{name: s.Name, noun: s.noun, log: s.Log, now: s.Now, limits: s.Limits, times: s.Limits.timings(), grants: s.Grants, config: config, program: p,
		version: versionOf(s.Module, s.Config), gate: s.Gate, web: newWeb(&s.Grants), folders: folders,
		pass: s.Passwords, store: s.Store, breaker: breaker{now: s.Now}, users: newUsage()}
	e.shown.Password, e.shown.Stored = s.Grants.Password, s.Grants.Stored
	if p.kind == Command {
		e.shown.Config = string(config.whole)
	}
	e.json = p.kind == Command || exported(&p.module, exportCall) == nil
	e.asked = newPool(e, s.Limits.Instances)
	e.filters = newPool(e, s.Limits.Transfers)
	return e, nil
}

// meet makes the first instance, reads what the module says of itself, and checks it.
func (e *Exit) meet(ctx context.Context, s *Settings) error {
	if e.program.kind == Command {
		return e.meetCommand(s)
	}
	in, err := e.introduce(ctx)
	if err != nil {
		return err
	}
	e.asked.put(in)
	if err := e.checkManifest(s); err != nil {
		return err
	}
	if slices.Contains(e.points, sdk.PointFilter) {
		e.filters.refill()
	}
	return nil
}

// introduce makes an instance and asks it what it is.
func (e *Exit) introduce(ctx context.Context) (*instance, error) {
	if err := e.gate.enter(ctx, e.times[""].wait); err != nil {
		return nil, e.busy("", err, "for its turn")
	}
	in, err := e.newInstance(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	return in, e.askManifest(ctx, in)
}

// askManifest asks a fresh instance for its version of the contract and for its manifest.
func (e *Exit) askManifest(ctx context.Context, in *instance) error {
	e.begin(ctx, in, "")
	abi := in.mod.ExportedFunction(exportABI)
	err := in.run(abi, 0)
	if err == nil {
		err = e.checkABI(uint32(in.stack[0]))
	}
	if err == nil {
		err = e.describe(in)
	}
	in.leaveGate()
	if err != nil {
		f := e.failure(in, "", ErrTrap, err)
		in.close()
		f.What = "asked what it is: " + f.What
		return f
	}
	in.task.forget()
	return nil
}

// checkABI compares versions: another major cannot be asked, a newer minor may know more than we ask.
func (e *Exit) checkABI(v uint32) error {
	major, minor := v>>16, v&0xffff
	const ourMajor, ourMinor = sdk.ContractVersion >> 16, sdk.ContractVersion & 0xffff
	if major != ourMajor {
		return stopped(ErrABI, "the module speaks version %d.%d of the contract, this server %d.%d", major, minor, ourMajor, ourMinor)
	}
	if minor > ourMinor {
		e.log.Warn("the module speaks a newer version of the contract", "exit", e.name,
			"module", fmt.Sprintf("%d.%d", major, minor), "server", fmt.Sprintf("%d.%d", ourMajor, ourMinor))
	}
	return nil
}

// describe reads the manifest. A module that is asked in JSON need not have one: it then serves what it is configured for.
func (e *Exit) describe(in *instance) error {
	in.stack = [5]uint64{methodDescribe}
	if err := in.run(in.call, 5); err != nil {
		return err
	}
	if e.json && int64(in.stack[0]) == -1 {
		return nil
	}
	b, err := in.reply()
	if err != nil {
		return err
	}
	if e.manifest, err = parseManifest(b, e.json); err != nil {
		return stopped(ErrReply, "its manifest cannot be read: %s", printable(err.Error(), maxWords))
	}
	return nil
}

// checkManifest settles which points the exit serves.
func (e *Exit) checkManifest(s *Settings) error {
	var faults []error
	e.points = slices.Clone(s.Points)
	silent := len(e.manifest.Points) == 0
	if silent && !e.json {
		faults = append(faults, errors.New("the module says that it serves no point"))
	}
	if len(e.points) == 0 {
		e.points = slices.Clone(e.manifest.Points)
	}
	for _, p := range e.points {
		if !silent && !slices.Contains(e.manifest.Points, p) {
			faults = append(faults, fmt.Errorf("the module does not serve %s: it serves %s", p, printable(joined(e.manifest.Points), maxWords)))
		}
	}
	if slices.Contains(e.points, sdk.PointFilter) {
		if e.json || exported(&e.program.module, exportBlock) == nil {
			faults = append(faults, fmt.Errorf("the module cannot filter: %s: expected %s and %s", exportBlock, signatureOf("iiii:I"), exportCall))
		}
	}
	if missing := s.Grants.missing(e.manifest.Grants); len(missing) > 0 {
		faults = append(faults, fmt.Errorf("the module needs grants that it does not have: %s", printable(strings.Join(missing, ", "), maxWords)))
	}
	return errors.Join(faults...)
}

// meetCommand checks what a command is configured for: it says nothing of itself.
func (e *Exit) meetCommand(s *Settings) error {
	e.points = slices.Clone(s.Points)
	if slices.Contains(e.points, sdk.PointFilter) {
		return errors.New("a command cannot filter")
	}
	e.manifest = sdk.Manifest{Name: e.name, Contract: sdk.ContractVersion, Kinds: []string{"exit"}, Points: e.points}
	return nil
}

// freshInstance makes an instance in the background.
func (e *Exit) freshInstance() (*instance, error) {
	ctx := context.Background()
	if err := e.gate.enter(ctx, e.times[""].wait); err != nil {
		return nil, err
	}
	in, err := e.newInstance(ctx, "", nil)
	if err != nil {
		if f := err.(*Failure); f.Kind == ErrStart {
			e.breaker.unborn(f.What)
		}
		return nil, err
	}
	in.leaveGate()
	in.task.forget()
	return in, nil
}

func joined(points []sdk.Point) string {
	names := make([]string, len(points))
	for i, p := range points {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}
