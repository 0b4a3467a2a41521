package sftp

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plant makes a tree of folders with some files, and gives the files' names in it.
func (d *desk) plant(root string) map[string]string {
	d.Helper()
	files := map[string]string{"top": "t", "a/one": "1", "a/b c/two": "22", "a/b c/é": "333"}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Join(d.dir, root, filepath.Dir(name)), 0o700); err != nil {
			d.Fatal(err)
		}
		d.write(filepath.Join(root, name), []byte(text))
	}
	if err := os.Mkdir(filepath.Join(d.dir, root, "empty"), 0o700); err != nil {
		d.Fatal(err)
	}
	return files
}

// grown holds a tree against what was planted.
func (d *desk) grown(root string, files map[string]string) {
	d.Helper()
	for name, text := range files {
		d.same(filepath.Join(root, name), []byte(text))
	}
	if info, err := os.Stat(filepath.Join(d.dir, root, "empty")); err != nil || !info.IsDir() {
		d.Errorf("%s has no empty folder: %v", root, err)
	}
}

func TestOpenSSHPutsAndGetsTrees(t *testing.T) {
	d := newDesk(t)
	files := d.plant("tree")
	d.batchAs("LYON", "put -r tree TREE/x", "get -r TREE/x back")
	d.grown("files/tree/LYON/x", files)
	d.grown("back", files)
	out := d.batchAs("LYON", "ls -1 TREE/x", "rename TREE/x/top TREE/x/empty/top", "rm TREE/x/empty/top", "rmdir TREE/x/empty",
		"-rmdir TREE/x/a", "-mkdir TREE/x/a", "-mkdir TREE/none/a", "-rename TREE/x TREE/y")
	for _, want := range []string{"TREE/x/a\n", "TREE/x/empty\n", "TREE/x/top\n", "rmdir \"/TREE/x/a\": Failure", "/TREE/none/a\": No such file"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(d.dir, "files/tree/LYON/x/empty")); !os.IsNotExist(err) {
		t.Errorf("the empty folder is there: %v", err)
	}
	if out, err := d.client("scp", "-r", "tree", "LYON@127.0.0.1:TREE/copied").CombinedOutput(); err != nil {
		t.Fatalf("scp: %v\n%s", err, out)
	}
	d.grown("files/tree/LYON/copied", files)
}

func TestLftpMirrorsATreeBothWays(t *testing.T) {
	d := newDesk(t)
	if _, err := exec.LookPath("lftp"); err != nil {
		t.Skip("there is no lftp")
	}
	files := d.plant("tree")
	ssh := "ssh -a -x -p " + d.port + " " + strings.Join(options, " ")
	cmd := d.command("lftp", "--norc", "-c", `set sftp:connect-program "`+ssh+`"; set net:max-retries 1; set sftp:auto-confirm yes; `+
		`open -u LYON, sftp://127.0.0.1:`+d.port+`; mirror -R --no-perms --parallel=3 tree TREE/x; mirror TREE/x back; rm -r TREE/x`)
	cmd.Env = append(os.Environ(), "HOME="+d.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("lftp: %v\n%s", err, out)
	}
	d.grown("back", files)
	if left, err := os.ReadDir(filepath.Join(d.dir, "files/tree/LYON")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

func TestRcloneSyncsATree(t *testing.T) {
	d := newDesk(t)
	if _, err := exec.LookPath("rclone"); err != nil {
		t.Skip("there is no rclone")
	}
	files := d.plant("tree")
	remote := ":sftp,host=127.0.0.1,port=" + d.port + ",user=LYON,key_file=" + filepath.Join(d.dir, "client") +
		",shell_type=none,set_modtime=false,disable_hashcheck=true:"
	cmd := d.command("rclone", "--config", "/dev/null", "copy", "--create-empty-src-dirs", "tree", remote+"/TREE/x")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rclone: %v\n%s", err, out)
	}
	d.grown("files/tree/LYON/x", files)
	d.run("rclone", "--config", "/dev/null", "copy", "--create-empty-src-dirs", remote+"/TREE/x", "back")
	d.grown("back", files)
	d.run("rclone", "--config", "/dev/null", "purge", remote+"/TREE/x")
	if left, err := os.ReadDir(filepath.Join(d.dir, "files/tree/LYON")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}
