// SPDX-License-Identifier: Apache-2.0
/** SSH keys that stand for API keys: who registered which, and whom the SSH door lets in by one. */
@NullMarked
package dev.bellhop.server.access.ssh;

import org.jspecify.annotations.NullMarked;
