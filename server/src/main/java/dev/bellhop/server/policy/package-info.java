// SPDX-License-Identifier: Apache-2.0
/** Policies and their decisions about commands. Independent of keys and guests. */
@NullMarked
package dev.bellhop.server.policy;

import org.jspecify.annotations.NullMarked;
