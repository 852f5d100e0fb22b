// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The rule that refuses a request, by name, and the owner of its policy. */
public record RuleRefusal(String policy, String rule) {}
