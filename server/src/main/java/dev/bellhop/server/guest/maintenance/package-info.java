// SPDX-License-Identifier: Apache-2.0
/** What is done to guests by their agents' own functions, such as freezing their file systems. */
@org.jspecify.annotations.NullMarked
package dev.bellhop.server.guest.maintenance;
