// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.FileSeek;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.qga.ShutdownMode;
import dev.bellhop.qga.TrimmedFileSystem;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The commands of the agent that this client knows. */
final class Rpcs {

    static final Rpc<ResultReaders.Nothing> PING =
            new Rpc<>("guest-ping", Rpc.ArgumentWriter.NONE, ResultReaders::nothing);
    static final Rpc<AgentInfo> INFO = new Rpc<>("guest-info", Rpc.ArgumentWriter.NONE, ResultReaders::info);
    static final Rpc<OsInfo> OS_INFO = new Rpc<>("guest-get-osinfo", Rpc.ArgumentWriter.NONE, ResultReaders::osInfo);
    static final Rpc<Boolean> FREEZE_STATUS =
            new Rpc<>("guest-fsfreeze-status", Rpc.ArgumentWriter.NONE, ResultReaders::frozen);
    static final Rpc<Integer> FREEZE =
            new Rpc<>("guest-fsfreeze-freeze", Rpc.ArgumentWriter.NONE, MaintenanceReaders::fileSystems);
    static final Rpc<Integer> THAW =
            new Rpc<>("guest-fsfreeze-thaw", Rpc.ArgumentWriter.NONE, MaintenanceReaders::fileSystems);
    /** The path is not optional. */
    static final Rpc<Long> EXEC_NOTHING = new Rpc<>("guest-exec", Rpc.ArgumentWriter.NONE, ResultReaders::pid);

    static final Rpc<String> HOST_NAME =
            new Rpc<>("guest-get-host-name", Rpc.ArgumentWriter.NONE, GuestInfoReaders::hostName);
    static final Rpc<GuestList<GuestInterface>> NETWORK_INTERFACES =
            new Rpc<>("guest-network-get-interfaces", Rpc.ArgumentWriter.NONE, GuestInfoReaders::interfaces);
    static final Rpc<GuestList<GuestFileSystem>> FILE_SYSTEMS =
            new Rpc<>("guest-get-fsinfo", Rpc.ArgumentWriter.NONE, GuestInfoReaders::fileSystems);
    static final Rpc<GuestList<GuestUser>> USERS =
            new Rpc<>("guest-get-users", Rpc.ArgumentWriter.NONE, GuestInfoReaders::users);
    static final Rpc<GuestTimeZone> TIME_ZONE =
            new Rpc<>("guest-get-timezone", Rpc.ArgumentWriter.NONE, GuestInfoReaders::timeZone);
    static final Rpc<GuestLoad> LOAD = new Rpc<>("guest-get-load", Rpc.ArgumentWriter.NONE, GuestInfoReaders::load);

    static final Rpc<GuestCount> PROCESSORS =
            new Rpc<>("guest-get-vcpus", Rpc.ArgumentWriter.NONE, GuestInfoReaders::count);
    static final Rpc<GuestCount> MEMORY_BLOCKS =
            new Rpc<>("guest-get-memory-blocks", Rpc.ArgumentWriter.NONE, GuestInfoReaders::count);
    static final Rpc<Long> MEMORY_BLOCK_BYTES =
            new Rpc<>("guest-get-memory-block-info", Rpc.ArgumentWriter.NONE, GuestInfoReaders::blockSize);

    /** No mode of fopen is longer. */
    private static final int MAX_MODE = 16;

    private Rpcs() {}

    /** Its success is silence; an agent that runs the guest's shutdown in vain says why. */
    static Rpc<ResultReaders.Nothing> shutdown(ShutdownMode mode) {
        return new Rpc<>(
                "guest-shutdown", json -> json.writeStringProperty("mode", mode.wireName()), ResultReaders::nothing);
    }

    static Rpc<Integer> freeze(List<String> mountPoints) {
        mountPoints.forEach(AgentText::requirePath);
        return new Rpc<>(
                "guest-fsfreeze-freeze-list",
                json -> {
                    json.writeArrayPropertyStart("mountpoints");
                    mountPoints.forEach(json::writeString);
                    json.writeEndArray();
                },
                MaintenanceReaders::fileSystems);
    }

    static Rpc<GuestList<TrimmedFileSystem>> trim(long minimumBytes) {
        return new Rpc<>(
                "guest-fstrim", json -> json.writeNumberProperty("minimum", minimumBytes), MaintenanceReaders::trimmed);
    }

    static Rpc<Long> exec(ExecCommand command) {
        return new Rpc<>("guest-exec", json -> writeCommand(json, command), ResultReaders::pid);
    }

    static Rpc<ExecStatus> execStatus(long pid) {
        return new Rpc<>("guest-exec-status", json -> json.writeNumberProperty("pid", pid), ResultReaders::execStatus);
    }

    static Rpc<Long> fileOpen(String path, String mode) {
        AgentText.requirePath(path);
        AgentText.requireSendable("mode", mode);
        if (mode.length() > MAX_MODE) {
            throw new IllegalArgumentException("Cannot open a file in this mode because it is longer than any mode");
        }
        return new Rpc<>(
                "guest-file-open",
                json -> json.writeStringProperty("path", path).writeStringProperty("mode", mode),
                ResultReaders::handle);
    }

    static Rpc<FileChunk> fileRead(long handle, int count) {
        return new Rpc<>(
                "guest-file-read",
                json -> json.writeNumberProperty("handle", handle).writeNumberProperty("count", count),
                ResultReaders.fileChunk(count));
    }

    static Rpc<Integer> fileWrite(long handle, byte[] data) {
        return new Rpc<>(
                "guest-file-write",
                json -> json.writeNumberProperty("handle", handle).writeBinaryProperty("buf-b64", data),
                ResultReaders.written(data.length));
    }

    static Rpc<FileSeek> fileSeek(long handle, long offset, SeekFrom whence) {
        return new Rpc<>(
                "guest-file-seek",
                json -> json.writeNumberProperty("handle", handle)
                        .writeNumberProperty("offset", offset)
                        .writeNumberProperty("whence", whence.wire),
                ResultReaders::fileSeek);
    }

    static Rpc<ResultReaders.Nothing> fileFlush(long handle) {
        return new Rpc<>(
                "guest-file-flush", json -> json.writeNumberProperty("handle", handle), ResultReaders::nothing);
    }

    static Rpc<ResultReaders.Nothing> fileClose(long handle) {
        return new Rpc<>(
                "guest-file-close", json -> json.writeNumberProperty("handle", handle), ResultReaders::nothing);
    }

    private static void writeCommand(JsonGenerator json, ExecCommand command) {
        json.writeStringProperty("path", command.path());
        if (!command.args().isEmpty()) {
            json.writeArrayPropertyStart("arg");
            command.args().forEach(json::writeString);
            json.writeEndArray();
        }
        if (!command.env().isEmpty()) {
            json.writeArrayPropertyStart("env");
            command.env().forEach(json::writeString);
            json.writeEndArray();
        }
        byte[] input = command.input();
        if (input != null) {
            json.writeBinaryProperty("input-data", input);
        }
        switch (command.capture()) {
            case NONE -> {} // What an agent does unless it is told otherwise.
            case SEPARATED -> json.writeBooleanProperty("capture-output", true); // Old agents know no words.
            case MERGED -> json.writeStringProperty("capture-output", "merged");
        }
    }
}
