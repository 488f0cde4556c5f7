// Reads YAML with go-yaml v4.
package main

import (
	"go.yaml.in/yaml/v4"

	"readers/protocol"
)

func main() {
	protocol.RunTree("go.yaml.in/yaml/v4", func(text []byte, tree any) error { return yaml.Unmarshal(text, tree) })
}
