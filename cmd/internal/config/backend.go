package config

import "github.com/postern/postern/sdk"

// Backend is where files are stored. A plugin has the keys that an exit has.
type Backend struct {
	Type    string `koanf:"type" need:"true" enum:"local,memory,s3,wasm,process" doc:"A folder of this machine, memory that is lost when the server ends, a bucket of an S3-compatible object store, a WASM module, or a program that runs as a process of its own."`
	Root    string `koanf:"root" doc:"The folder of a local backend."`
	Quota   Size   `koanf:"quota" doc:"Bytes the backend may hold. Not for s3."`
	Reserve Size   `koanf:"reserve" doc:"Free bytes of the disk that are left alone. For local only."`

	Endpoint     string   `koanf:"endpoint" doc:"Of s3, like the keys below: https://host or https://host:port. http:// only to this machine, unless insecure says otherwise."`
	Insecure     bool     `koanf:"insecure" doc:"Allow http:// to other machines: files travel unencrypted."`
	CA           string   `koanf:"ca" doc:"PEM file with the authorities of the store's certificate, in place of the system's."`
	Region       string   `koanf:"region" doc:"Region of the bucket; the store is asked where it is not given."`
	Bucket       string   `koanf:"bucket" doc:"The bucket; it must be there."`
	Prefix       string   `koanf:"prefix" doc:"What every key begins with, like a/b: the folder in the bucket."`
	AccessKey    string   `koanf:"access_key" doc:"Name of the key pair, or secret://env/NAME or secret://file/PATH."`
	SecretKey    string   `koanf:"secret_key" doc:"secret://env/NAME or secret://file/PATH."`
	PathStyle    bool     `koanf:"path_style" doc:"Put the bucket into the path and not into the host name, as most stores other than AWS want it."`
	PartSize     Size     `koanf:"part_size" doc:"Bytes of a part of an upload, 5MiB to 5GiB; a file has at most 10,000. 8MiB where it is not given."`
	Parallel     Count    `koanf:"parallel" doc:"Parts of one file that are uploaded at once, 1 to 64. 2 where it is not given."`
	Memory       Size     `koanf:"memory" doc:"Bytes that the parts of all files may take in memory. 512MiB where it is not given."`
	Timeout      Duration `koanf:"timeout" doc:"How long the store may take to answer. 30s where it is not given."`
	Encryption   string   `koanf:"encryption" enum:"AES256,aws:kms" doc:"Encryption at rest that the store is asked for; as the bucket says where it is not given."`
	KMSKey       string   `koanf:"kms_key" doc:"Key of aws:kms; the bucket's where it is not given."`
	StorageClass string   `koanf:"storage_class" doc:"Storage class of the objects; the bucket's where it is not given."`
	Readable     bool     `koanf:"readable" doc:"Let verify exits read files of several parts, and give them other names, at the price of a copy within the store for each."`

	Wasm        string            `koanf:"wasm" doc:"The WASM module of a backend of type wasm."`
	Process     []string          `koanf:"process" doc:"The program and its arguments of a backend of type process."`
	SHA256      string            `koanf:"sha256" doc:"Of a plugin, like the keys below: digest of the module or program, 64 hexadecimal digits: it is pinned, and no other is loaded."`
	Grants      Grants            `koanf:"grants" doc:"What a module may reach: a backend below it, HTTP, folders, the clock, a store."`
	Limits      ExitLimits        `koanf:"limits" doc:"What a module or a process may use."`
	Environment map[string]string `koanf:"environment" doc:"The whole environment of a process; a value may be a secret:// reference."`
	Sandbox     *Sandbox          `koanf:"sandbox" doc:"What a process may reach, where the system can hold it to that."`
	Config      map[string]any    `koanf:"config" doc:"Its own settings; text may be a secret:// reference, which it is shown."`
}

// DefaultBackend returns what a backend has where it does not say otherwise.
func DefaultBackend() Backend { return Backend{Quota: NoSize, Reserve: NoSize} }

// Keys are the name and the secret of an s3 backend's key pair.
func (l *Loaded) Keys(b Backend) (access, secret sdk.Secret) {
	return l.secret(b.AccessKey), l.secret(b.SecretKey)
}
