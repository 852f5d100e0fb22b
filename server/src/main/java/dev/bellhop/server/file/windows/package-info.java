// SPDX-License-Identifier: Apache-2.0
/**
 * Files in guests with Windows: {@link dev.bellhop.server.file.windows.WindowsFiles} does it by PowerShell and the guest agent's file calls,
 * and {@link dev.bellhop.server.file.windows.GuestFilesByPath} tells by a path whose it is.
 */
@NullMarked
package dev.bellhop.server.file.windows;

import org.jspecify.annotations.NullMarked;
