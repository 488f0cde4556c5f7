// Reads env files as Docker Compose does: a service whose `env_file:` is the file, resolved by compose-go's loader.
package main

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	services := map[string]any{"s": map[string]any{"image": "x", "env_file": []any{path}}}
	content, err := json.Marshal(map[string]any{"name": "readers", "services": services})
	if err != nil {
		return nil, err
	}
	details := types.ConfigDetails{
		WorkingDir:  filepath.Dir(path),
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: content}},
		Environment: types.Mapping{},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SkipInterpolation = true
	})
	if err != nil {
		return nil, err
	}
	entries := map[string]string{}
	for name, value := range project.Services["s"].Environment {
		if value != nil {
			entries[name] = *value
		}
	}
	return entries, nil
}

func main() {
	protocol.Run("github.com/compose-spec/compose-go/v2", read)
}
