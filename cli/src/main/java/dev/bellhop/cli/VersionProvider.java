// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this command and of the server that comes with it. */
final class VersionProvider implements IVersionProvider {

    /** Such as "bellhop 0.1.0". */
    static String text() {
        // The build writes it into the jar's manifest; classes that run from a folder have none.
        String version = VersionProvider.class.getPackage().getImplementationVersion();
        return "bellhop " + (version == null ? "(a development build)" : version);
    }

    @Override
    public String[] getVersion() {
        return new String[] {text()};
    }
}
