// SPDX-License-Identifier: Apache-2.0
/** {@code bellhop fsfreeze}, {@code fsthaw} and {@code fstrim}. */
@org.jspecify.annotations.NullMarked
package dev.bellhop.cli.filesystem;
