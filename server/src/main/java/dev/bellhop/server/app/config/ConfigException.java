// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

/** The configuration is unusable. The message names the file, the line, and the expected value. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
