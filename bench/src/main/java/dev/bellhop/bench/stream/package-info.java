// SPDX-License-Identifier: Apache-2.0
/** What streams carry: files, trees and keys that are typed. */
@NullMarked
package dev.bellhop.bench.stream;

import org.jspecify.annotations.NullMarked;
