// SPDX-License-Identifier: Apache-2.0
/** Questions to guests, and the components that answer them: this process, or the node of the VM. */
@NullMarked
package dev.bellhop.server.guest.question;

import org.jspecify.annotations.NullMarked;
