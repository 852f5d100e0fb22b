// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

/**
 * The answer of {@code POST …/stdin}.
 *
 * @param offset where the next piece belongs
 */
public record StdinPosition(long offset) {}
