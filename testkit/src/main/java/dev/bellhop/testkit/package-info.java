// SPDX-License-Identifier: Apache-2.0
/**
 * What tests and benchmarks start: real and fake agents, VMs, a libvirt daemon, and server processes. It knows Bellhop only
 * by its launcher, its configuration and its HTTP API.
 */
@NullMarked
package dev.bellhop.testkit;

import org.jspecify.annotations.NullMarked;
