// SPDX-License-Identifier: Apache-2.0
/** Long work on a VM itself: switching it on, off, or off and on. */
@NullMarked
package dev.bellhop.server.job;

import org.jspecify.annotations.NullMarked;
