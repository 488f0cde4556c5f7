// Reads YAML with go-yaml v3.
package main

import (
	"go.yaml.in/yaml/v3"

	"readers/protocol"
)

func main() {
	protocol.RunTree("go.yaml.in/yaml/v3", func(text []byte, tree any) error { return yaml.Unmarshal(text, tree) })
}
