// Reads TOML with go-toml.
package main

import (
	"github.com/pelletier/go-toml/v2"

	"readers/protocol"
)

func main() {
	protocol.RunTree("github.com/pelletier/go-toml/v2", func(text []byte, tree any) error {
		table := map[string]any{}
		if err := toml.Unmarshal(text, &table); err != nil {
			return err
		}
		*tree.(*any) = protocol.Plain(table)
		return nil
	})
}
