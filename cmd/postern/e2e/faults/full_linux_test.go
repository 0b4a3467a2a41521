package faults

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	full      = "a disk that is full (tmpfs)"
	insideEnv = "FAULTS_INSIDE" // set in a mount namespace of our own: the folder whose disk is to be full
)

func TestADiskThatIsFullBreaksNoPromiseAndPasses(t *testing.T) {
	each(t, full, runs(1, 20), func(t *testing.T, r *rand.Rand) {
		for _, folder := range []string{"files", "data"} {
			t.Run(folder, func(t *testing.T) { elsewhere(t, r.Uint64(), folder) })
		}
	})
}

// elsewhere runs a test in user and mount namespaces of its own, where it may mount.
func elsewhere(t *testing.T, seed uint64, folder string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestInsideAFullDisk$", "-test.v", "-seed", strconv.FormatUint(seed|1, 10))
	cmd.Env = append(os.Environ(), insideEnv+"="+folder, "FAULTS_BUILT="+binDir, "FAULTS=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL):
		t.Skipf("no user namespaces here: %v", err)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, n, ok := strings.Cut(line, "transfers held up: "); ok {
			held, _ := strconv.Atoi(strings.TrimSpace(n))
			book.add(full, "transfers held up under the "+folder, held)
		}
	}
}

func TestInsideAFullDisk(t *testing.T) {
	folder := os.Getenv(insideEnv)
	if folder == "" {
		t.Skip("begun by another test, in a namespace of its own")
	}
	r := rand.New(rand.NewPCG(*seedFlag, 0))
	h := newHouse(t, configuration(patient, exits()))
	at := filepath.Join(h.dir, folder)
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(at, syscall.MNT_DETACH) })
	h.mustRun()
	jobs := h.load(r)
	for _, j := range jobs {
		if j.out() {
			if err := j.offer(); err != nil {
				t.Fatal(err)
			}
		}
	}
	release := fill(t, at, int64(40_000+r.IntN(300_000)))
	if err := together(jobs, nil); err != nil {
		t.Error(err)
	}
	if err := together(jobs, nil); err != nil {
		t.Error(err)
	}
	held := 0
	for _, j := range jobs {
		if !j.arrived {
			held++
		}
	}
	t.Logf("transfers held up: %d", held)
	release()
	acknowledged := append(h.finish(jobs), offers(jobs)...)
	h.told(acknowledged)
	h.settled(acknowledged)
}

// fill leaves so many bytes of a disk and returns how to give the rest back.
func fill(t *testing.T, at string, leave int64) (release func()) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(at, &st); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(at, ".ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, int64(st.Bavail)*st.Bsize-leave); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}
