// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.cli.command.VmArgument;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A file in a VM as somebody types it: {@code VM:PATH}.
 *
 * @param path absolute
 */
record GuestFile(VmArgument vm, String path) {
    static final String HELP =
            "VM:PATH: the VM by its vmid or name, and an absolute path in it. That of a Windows guest begins"
                    + " with a drive: 10000:C:\\dir\\file.";

    /** Of a Windows guest: from the root of a drive. The name of a VM may have colons in it. */
    private static final Pattern WITH_DRIVE = Pattern.compile("([^/\\\\]+):([A-Za-z]:[/\\\\].*)", Pattern.DOTALL);

    /** Until one is given. */
    static final GuestFile NONE = new GuestFile(VmArgument.NONE, "/");

    /** Empty where the text is no VM and path, and so a file of this machine. */
    static Optional<GuestFile> of(String text) {
        Matcher withDrive = WITH_DRIVE.matcher(text);
        if (withDrive.matches()) {
            // Windows takes slashes, too, and then all that is done to paths here is the same.
            return Optional.of(new GuestFile(
                    new VmArgument(withDrive.group(1)), withDrive.group(2).replace('\\', '/')));
        }
        int colon = text.indexOf(":/");
        String vm = colon < 1 ? "" : text.substring(0, colon);
        return vm.isEmpty() || vm.indexOf('/') >= 0
                ? Optional.empty()
                : Optional.of(new GuestFile(new VmArgument(vm), text.substring(colon + 1)));
    }

    /** The last part of the path. */
    String name() {
        String trimmed = path.replaceFirst("/+$", "");
        return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    GuestFile child(String name) {
        return new GuestFile(vm, path.endsWith("/") ? path + name : path + "/" + name);
    }

    @Override
    public String toString() {
        return vm + ":" + path;
    }

    /** Refuses what is no file in a VM. */
    static final class Converter implements ITypeConverter<GuestFile> {
        @Override
        public GuestFile convert(String value) {
            return of(value)
                    .orElseThrow(() ->
                            new TypeConversionException("it must be a file in a VM, such as 10000:/etc/hostname"));
        }
    }
}
