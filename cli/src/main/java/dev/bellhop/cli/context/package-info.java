// SPDX-License-Identifier: Apache-2.0
/** Contexts: the servers that a person works with, by name. */
@NullMarked
package dev.bellhop.cli.context;

import org.jspecify.annotations.NullMarked;
