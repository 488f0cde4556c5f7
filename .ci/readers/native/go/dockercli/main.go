// Reads the logins of a config.json with the Docker client's own package.
package main

import (
	"os"

	"github.com/docker/cli/cli/config"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	read, err := config.LoadFromReader(file)
	if err != nil {
		return nil, err
	}
	logins := map[string]string{}
	for registry, login := range read.AuthConfigs {
		protocol.Login(logins, registry, login.Username, login.Password)
	}
	return logins, nil
}

func main() {
	protocol.Run("github.com/docker/cli", read)
}
