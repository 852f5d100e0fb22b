// SPDX-License-Identifier: Apache-2.0
/** Public keys of SSH, as values. */
@NullMarked
package dev.bellhop.server.sshkey;

import org.jspecify.annotations.NullMarked;
