// Reads YAML with go-yaml v3.
package main

import (
	"os"

	"go.yaml.in/yaml/v3"

	"readers/protocol"
)

func read(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	return protocol.Tag(tree), nil
}

func main() {
	protocol.Run("go.yaml.in/yaml/v3", read)
}
