// SPDX-License-Identifier: Apache-2.0
/** SSH keys that are registered for API keys, and the API key that each of them logs in as. */
@NullMarked
package dev.bellhop.server.access.ssh;

import org.jspecify.annotations.NullMarked;
