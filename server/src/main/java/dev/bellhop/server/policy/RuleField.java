// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

/** The part of a command that a rule checks. */
public enum RuleField {
    COMMAND,
    ARGV0,
    USER,
    SHELL
}
