// Reads env files as the kubelet does for `valueFrom.fileKeyRef`: its own parser, asked for one name after the other,
// and the rule of the API server for these names. What the parser answers for a name that is not there, an empty text,
// the kubelet takes for an error: a variable of an empty value does not exist.
package main

import (
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/kubernetes/pkg/kubelet/util/env"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.ContainsRune(string(text), 0) {
		return nil, fmt.Errorf("a NUL cannot stand in an environment")
	}
	// A name that nobody has makes it read all of the file.
	if _, err := env.ParseEnv(path, "\x00"); err != nil {
		return nil, err
	}
	entries := map[string]string{}
	// More names than there are do no harm: what stands inside a value is not found.
	for _, line := range strings.Split(string(text), "\n") {
		name, _, found := strings.Cut(strings.TrimLeft(line, " \t"), "=")
		if !found {
			continue
		}
		value, err := env.ParseEnv(path, name)
		if err != nil {
			return nil, err
		}
		if value == "" {
			continue
		}
		if messages := validation.IsRelaxedEnvVarName(name); len(messages) > 0 {
			return nil, fmt.Errorf("%q: %v", name, messages)
		}
		entries[name] = value
	}
	return entries, nil
}

func main() {
	protocol.Run("k8s.io/kubernetes", read)
}
