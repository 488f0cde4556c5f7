// Reads TOML with BurntSushi's toml.
package main

import (
	"github.com/BurntSushi/toml"

	"readers/protocol"
)

func main() {
	protocol.RunTree("github.com/BurntSushi/toml", func(text []byte, tree any) error {
		table := map[string]any{}
		if err := toml.Unmarshal(text, &table); err != nil {
			return err
		}
		*tree.(*any) = protocol.Plain(table)
		return nil
	})
}
