"""The errors that people are told about, each with a stable code.

    SceneSenseError
    ├── UsageError            the caller asked for something malformed
    ├── SettingsError         the configuration can't be used
    ├── NotFound              no such thing, or not yours
    │   └── UploadGone        there was such an upload
    ├── Conflict              the thing is not in a state that allows this
    │   ├── LibraryChanged    it is no longer what was seen
    │   ├── ClockDoubtful     deleting on the word of this clock would be unwise
    │   ├── UploadLocked      somebody else writes it at this moment
    │   └── OffsetMismatch    it goes on elsewhere
    ├── Unauthenticated       who are you?
    │   ├── WrongCredentials
    │   └── SignInRefused     the identity provider's word was not good enough
    ├── Forbidden             you may not
    │   ├── Reauthenticate
    │   ├── PasswordLoginOff
    │   └── SignupClosed
    ├── TooManyAttempts       wait before the next try
    ├── TooManyStreams        as many open streams of events as there may be
    ├── RejectedFile          the bytes can't become an asset; nothing of them was kept
    │   ├── EmptyFile
    │   ├── FileTooLarge
    │   ├── QuotaExceeded
    │   ├── UnsupportedFile
    │   │   └── VideoUnsupported
    │   ├── DamagedFile
    │   ├── SetAside
    │   ├── TooManyPixels
    │   ├── DecodeLimit
    │   └── HashMismatch
    ├── ChecksumMismatch      a piece did not arrive as it was sent; it was not kept
    └── Unavailable           a part that is needed is not there now; try again
        ├── DatabaseUnavailable
        ├── QueueUnavailable
        ├── ProviderUnavailable
        ├── ModelUnavailable
        │   └── EncoderUnavailable
        ├── DecoderUnavailable
        ├── VolumeUnavailable
        ├── OriginalUnreadable
        ├── OriginalStuck
        ├── DiskFull
        └── Busy
            ├── TooManyEdits
            └── TooManyUploads

A class docstring is the default message, so that each sentence is written once. Surfaces translate these
once: ``web.problems`` to a status, the command line to an exit code.
"""

from inspect import cleandoc


class SceneSenseError(Exception):
    """Something went wrong."""

    #: Stable across releases; clients and translations key on it.
    code = "error"

    #: What the audit log says, where that is more than clients are told; the code otherwise.
    reason = ""

    #: How long to wait before trying again, where that can help; seconds.
    retry_after_seconds: float | None = None

    def __init__(self, message: str | None = None) -> None:
        self.message = message or cleandoc(type(self).__doc__ or "").split("\n\n")[0]
        super().__init__(self.message)


class UsageError(SceneSenseError):
    """The request is malformed."""

    code = "bad_request"


class SettingsError(SceneSenseError):
    """The settings can't be used."""

    code = "bad_settings"


class NotFound(SceneSenseError):
    """There is no such thing here, or it is not yours."""

    code = "not_found"


class UploadGone(NotFound):
    """This upload has expired or was refused; nothing of it was kept."""

    code = "upload_gone"


class Conflict(SceneSenseError):
    """The thing is not in a state that allows this."""

    code = "conflict"


class LibraryChanged(Conflict):
    """Something in the library has changed since you looked; nothing was done."""

    code = "library_changed"


class ClockDoubtful(Conflict):
    """The clock can't be trusted; nothing was deleted."""

    code = "clock_doubtful"


class UploadLocked(Conflict):
    """Another request works on this upload at this moment."""

    code = "upload_locked"
    retry_after_seconds = 1.0


class OffsetMismatch(Conflict):
    """The upload goes on at another place; ask where (HEAD)."""

    code = "offset_mismatch"


class Unauthenticated(SceneSenseError):
    """Sign in first."""

    code = "unauthenticated"


class WrongCredentials(Unauthenticated):
    """The user name or the password is wrong."""

    code = "wrong_credentials"


class SignInRefused(Unauthenticated):
    """The sign-in did not work; please try again."""

    code = "sign_in_refused"

    def __init__(self, reason: str, message: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class Forbidden(SceneSenseError):
    """You may not do this."""

    code = "forbidden"


class Reauthenticate(Forbidden):
    """Prove once more who you are; then this can be done."""

    code = "reauthenticate"


class PasswordLoginOff(Forbidden):
    """People sign in through the home's identity provider here, not with passwords."""

    code = "password_login_off"


class SignupClosed(Forbidden):
    """Nobody can make an account here without an invitation that is still good."""

    code = "signup_closed"


class TooManyAttempts(SceneSenseError):
    """Too many attempts; wait a little before the next one."""

    code = "too_many_attempts"

    def __init__(self, *, retry_after_seconds: float) -> None:
        super().__init__(f"Too many attempts; try again in {max(1, round(retry_after_seconds))} seconds.")
        self.retry_after_seconds = retry_after_seconds


class TooManyStreams(SceneSenseError):
    """As many streams of events are open as this server keeps; ask for the changes now and then instead."""

    code = "too_many_streams"
    retry_after_seconds = 30.0


class RejectedFile(SceneSenseError):
    """This file can't be taken in."""

    code = "file_rejected"


class EmptyFile(RejectedFile):
    """The file is empty."""

    code = "file_empty"


class FileTooLarge(RejectedFile):
    """The file is larger than this server takes."""

    code = "file_too_large"


class QuotaExceeded(RejectedFile):
    """There is not enough room left for you on this server; nothing of the file was kept."""

    code = "quota_exceeded"


class UnsupportedFile(RejectedFile):
    """The file is not a picture of a kind this server reads."""

    code = "file_unsupported"


class VideoUnsupported(UnsupportedFile):
    """Videos are not supported yet; nothing of the file was kept."""

    code = "video_unsupported"


class DamagedFile(RejectedFile):
    """The picture is damaged or cut short."""

    code = "file_damaged"


class SetAside(RejectedFile):
    """This file could not be read and is set aside; it is tried again from the list of what failed."""

    code = "set_aside"


class TooManyPixels(RejectedFile):
    """The picture has more pixels than this server decodes."""

    code = "too_many_pixels"


class DecodeLimit(RejectedFile):
    """Reading the picture took more time or memory than it may."""

    code = "decode_limit"


class HashMismatch(RejectedFile):
    """The file did not arrive as it was announced: its SHA-256 sum is another; nothing of it was kept."""

    code = "hash_mismatch"


class ChecksumMismatch(SceneSenseError):
    """These bytes did not arrive as they were sent; they were not kept, send them again."""

    code = "checksum_mismatch"


class Unavailable(SceneSenseError):
    """A part that is needed is not available now; try again."""

    code = "unavailable"
    retry_after_seconds = 5.0


class DatabaseUnavailable(Unavailable):
    """The database can't be reached."""

    code = "database_unavailable"


class QueueUnavailable(Unavailable):
    """The queue can't be reached."""

    code = "queue_unavailable"


class ProviderUnavailable(Unavailable):
    """The home's identity provider can't be reached now; local sign-in still works."""

    code = "provider_unavailable"


class ModelUnavailable(Unavailable):
    """No model is ready to answer."""

    code = "model_unavailable"


class EncoderUnavailable(ModelUnavailable):
    """Nothing can be encoded now, whatever the picture: no encoder server answers, or the model's files changed."""

    code = "encoder_unavailable"


class DecoderUnavailable(Unavailable):
    """Pictures can't be read now: the decoder does not start."""

    code = "decoder_unavailable"


class VolumeUnavailable(Unavailable):
    """The storage volume is not there, or not the one this library belongs to; nothing was written."""

    code = "volume_unavailable"


class OriginalUnreadable(Unavailable):
    """The volume has this file and can't give it; the disk may be failing."""

    code = "original_unreadable"


class OriginalStuck(Unavailable):
    """The volume has this file and does not let go of it."""

    code = "original_stuck"


class DiskFull(Unavailable):
    """There is not enough free space; nothing was kept."""

    code = "disk_full"


class Busy(Unavailable):
    """Too many of these at once; try again shortly."""

    code = "busy"


class TooManyEdits(Busy):
    """Too many of your edits are going on; let one of them come to its end first."""

    code = "too_many_edits"


class TooManyUploads(Busy):
    """You have too many unfinished uploads; finish or cancel some of them first."""

    code = "too_many_uploads"
    retry_after_seconds = 60.0
