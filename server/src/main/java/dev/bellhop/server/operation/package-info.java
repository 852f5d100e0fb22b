// SPDX-License-Identifier: Apache-2.0
/** Long work on a VM itself: switching it on, off, or off and on. v1 calls it an operation. */
@NullMarked
package dev.bellhop.server.operation;

import org.jspecify.annotations.NullMarked;
