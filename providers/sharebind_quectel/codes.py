"""What each of Quectel's codes means for a caller.

One row per code of the vendor's share, bind and sign-in families. ``source`` names the entries of the vendor's contract
(``docs/contracts/quectel.yaml``) that list the code; the reading of each is ``docs/contracts/errors.yaml``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sharebind.provider import (
    AlreadyBoundError,
    AlreadySharedError,
    Code,
    Codes,
    ConflictError,
    DeviceNotFoundError,
    DeviceNotReadyError,
    EndReason,
    InvalidRequestError,
    NotBoundError,
    NotEntitledError,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    ProofRejectedError,
    RateLimitedError,
    RecipientNotFoundError,
    SelfShareError,
    ShareEndedError,
    ShareNotFoundError,
    SignInError,
    UnavailableError,
    WrongRegionError,
)

CODES: Final = Codes(
    "quectel",
    {
        "5000": Code(UnavailableError, "service error", outcome=Outcome.UNKNOWN, later=True, source="general_codes"),
        "5002": Code(
            ConflictError,
            "phone already registered; on sign-in the account cannot be used as asked",
            by_operation={"sign_in": SignInError},
            source="phonePwdLogin",
        ),
        "5004": Code(
            SignInError, "phone not registered", by_operation={"share": RecipientNotFoundError}, source="phonePwdLogin"
        ),
        "5009": Code(ProofRejectedError, "device verification failed", source="bindDeviceSn, deviceBindingByWifi"),
        "5013": Code(
            SignInError, "user domain malformed; it is part of the credentials", source="emailPwdLogin, phonePwdLogin"
        ),
        "5015": Code(
            SignInError, "user domain unknown; may mean another data centre", source="emailPwdLogin, phonePwdLogin"
        ),
        "5019": Code(
            InvalidRequestError,
            "phone malformed",
            by_operation={"sign_in": SignInError},
            source="phonePwdLogin, inviteFamilyMember",
        ),
        "5021": Code(
            InvalidRequestError, "phone missing", by_operation={"sign_in": SignInError}, source="phonePwdLogin"
        ),
        "5022": Code(SignInError, "password missing", source="emailPwdLogin, phonePwdLogin"),
        "5023": Code(
            SignInError, "user domain missing; it is part of the credentials", source="emailPwdLogin, phonePwdLogin"
        ),
        "5026": Code(
            InvalidRequestError, "email missing", by_operation={"sign_in": SignInError}, source="emailPwdLogin"
        ),
        "5028": Code(SignInError, "wrong password", source="phonePwdLogin"),
        "5031": Code(
            SignInError,
            "email not registered; at sign-in may mean another data centre",
            by_operation={"share": RecipientNotFoundError},
            source="emailPwdLogin",
        ),
        "5032": Code(SignInError, "token rejected", renew=True, source="userLogout, userInfo, and 22 more"),
        "5033": Code(
            NotFoundError,
            "user unknown",
            by_operation={"sign_in": SignInError, "share": RecipientNotFoundError, "find_user": RecipientNotFoundError},
            source="userInfo, enterprise.userDeviceList",
        ),
        "5036": Code(
            SignInError,
            "secret key rejected; the inbox page lists it in place of 5032",
            renew=True,
            source="userMsgList",
        ),
        "5040": Code(
            InvalidRequestError, "email malformed", by_operation={"sign_in": SignInError}, source="emailPwdLogin"
        ),
        "5041": Code(PermissionDeniedError, "no permission", source="bindDeviceDk, bindDeviceSn, and 10 more"),
        "5045": Code(UnavailableError, "logout failed", outcome=Outcome.UNKNOWN, later=True, source="userLogout"),
        "5047": Code(SignInError, "user authentication mismatch", renew=True, source="deviceInfo, userDeviceList"),
        "5048": Code(
            UnavailableError,
            "bind failed",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="bindDeviceSn, deviceBindingByWifi",
        ),
        "5049": Code(
            AlreadyBoundError,
            "the caller holds the device already",
            source="getDeviceInfoByBinding, bindDeviceDk, and 4 more",
        ),
        "5050": Code(
            UnavailableError, "unbind failed", outcome=Outcome.UNKNOWN, later=True, source="unbundlingDeviceDk"
        ),
        "5052": Code(
            NotBoundError,
            "the device is not bound",
            source="bindDeviceDk, bindDeviceSn, and 3 more",
        ),
        "5054": Code(
            UnavailableError, "device update failed", outcome=Outcome.UNKNOWN, later=True, source="setDeviceInfo"
        ),
        "5055": Code(
            SignInError,
            "secret key missing; the inbox page lists it in place of 5106",
            renew=True,
            source="userMsgList",
        ),
        "5056": Code(
            SignInError,
            "password format wrong (6-20 letters, digits or specials)",
            source="emailPwdLogin, phonePwdLogin",
        ),
        "5058": Code(RateLimitedError, "SMS sending too frequent", source="errors"),
        "5065": Code(InvalidRequestError, "user id missing", source="userInfo, enterprise.userDeviceList"),
        "5066": Code(
            InvalidRequestError, "product key missing", source="getDeviceInfoByBinding, bindDeviceDk, and 9 more"
        ),
        "5067": Code(InvalidRequestError, "device key missing", source="bindDeviceDk, bindDeviceSn, and 8 more"),
        "5068": Code(InvalidRequestError, "device name missing", source="setDeviceInfo, changeShareDeviceName"),
        "5088": Code(InvalidRequestError, "device serial missing", source="bindDeviceSn"),
        "5089": Code(
            UnavailableError, "device serial request failed", outcome=Outcome.UNKNOWN, later=True, source="bindDeviceSn"
        ),
        "5090": Code(InvalidRequestError, "requested device serial invalid", source="bindDeviceSn"),
        "5093": Code(NotEntitledError, "user domain abnormal; the app's operator has to act", source="bindDeviceSn"),
        "5104": Code(
            NotEntitledError,
            "user domain disabled; the app's operator has to act",
            source="emailPwdLogin, phonePwdLogin",
        ),
        "5106": Code(SignInError, "token missing", renew=True, source="userInfo, getDeviceInfoByBinding, and 22 more"),
        "5115": Code(SignInError, "refresh token missing", source="general_codes"),
        "5132": Code(InvalidRequestError, "acceptingExpireAt missing", source="shareInfo"),
        "5133": Code(InvalidRequestError, "coverMark out of range", source="shareInfo, shareByUid"),
        "5134": Code(
            UnavailableError,
            "share could not be created",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="shareInfo, shareByUid",
        ),
        "5135": Code(PermissionDeniedError, "caller may not share this device", source="shareInfo"),
        "5136": Code(
            InvalidRequestError, "share code missing", source="setShareTime, ownerUserUnshareDevice, and 3 more"
        ),
        "5137": Code(
            ShareEndedError,
            "share code invalid; expired, withdrawn, replaced and never made look alike",
            by_operation={"end": ShareNotFoundError, "change": ShareNotFoundError, "rename": ShareNotFoundError},
            over="seen_active",
            end_reason=EndReason.UNKNOWN,
            source="shareDevice",
        ),
        "5138": Code(
            UnavailableError, "share could not be accepted", outcome=Outcome.UNKNOWN, later=True, source="shareDevice"
        ),
        "5139": Code(SelfShareError, "caller used a share code of its own", source="general_codes"),
        "5140": Code(InvalidRequestError, "neither pk+dk nor share code given", source="deviceInfo"),
        "5141": Code(
            PermissionDeniedError, "caller may not query this device", source="deviceInfo, deviceShareUserList"
        ),
        "5142": Code(
            ShareNotFoundError,
            "share has lapsed; why is not said",
            by_operation={"accept": ShareEndedError, "inspect": ShareEndedError},
            over="always",
            end_reason=EndReason.UNKNOWN,
            source="ownerUserUnshareDevice, shareUserUnshareDevice, changeShareDeviceName",
        ),
        "5144": Code(
            SignInError,
            "authentication failed; whose is not said",
            source="enterprise.verifyBindingCode, general_codes",
        ),
        "5145": Code(InvalidRequestError, "timestamp malformed", source="shareInfo, shareByUid, inviteFamilyMember"),
        "5147": Code(
            SignInError,
            "account locked for 20 minutes",
            retry_after=timedelta(seconds=1200),
            source="emailPwdLogin, phonePwdLogin",
        ),
        "5148": Code(
            SignInError,
            "source address locked for 20 minutes",
            retry_after=timedelta(seconds=1200),
            source="general_codes",
        ),
        "5151": Code(
            ConflictError, "the use already held ends later than the new one (coverMark 3)", source="shareDevice"
        ),
        "5153": Code(InvalidRequestError, "sharingExpireAt must be later than acceptingExpireAt", source="shareInfo"),
        "5179": Code(
            InvalidRequestError,
            "binding code missing",
            source="deviceBindingByPureBt, deviceBindingByWifi, enterprise.verifyBindingCode",
        ),
        "5213": Code(
            ProofRejectedError,
            "binding code malformed; read it from the device again",
            source="deviceBindingByPureBt, deviceBindingByWifi, enterprise.verifyBindingCode",
        ),
        "5214": Code(DeviceNotReadyError, "device not authenticated towards the cloud", source="general_codes"),
        "5229": Code(
            NotEntitledError,
            "user domain not authorised for the product",
            source="bindDeviceDk, bindDeviceSn, and 2 more",
        ),
        "5314": Code(
            UnavailableError,
            "device look-up in the platform failed",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="bindDeviceDk, bindDeviceSn, and 2 more",
        ),
        "5325": Code(
            SignInError,
            "access blocked for 24 hours after abnormal behaviour",
            retry_after=timedelta(seconds=86400),
            source="emailPwdLogin, phonePwdLogin",
        ),
        "5327": Code(
            NotEntitledError, "no permission for the product", source="bindDeviceDk, bindDeviceSn, and 2 more"
        ),
        "5333": Code(InvalidRequestError, "device name too long", source="bindDeviceDk, bindDeviceSn, and 6 more"),
        "5357": Code(ProofRejectedError, "device password malformed", source="deviceBindingByPureBt"),
        "5358": Code(NotEntitledError, "no product permission", source="bindDeviceDk, deviceBindingByPureBt"),
        "5360": Code(
            DeviceNotReadyError,
            "the binding is not verified (verified 0), so it cannot be shared; bind again with a proof",
            source="shareInfo, shareByUid",
        ),
        "5361": Code(
            InvalidRequestError, "device key malformed", source="getDeviceInfoByBinding, bindDeviceDk, and 3 more"
        ),
        "5370": Code(RecipientNotFoundError, "enterprise has no such user", source="enterprise.getUserListByBind"),
        "5371": Code(NotBoundError, "device not bound", source="general_codes"),
        "5377": Code(
            DeviceNotReadyError, "device binding not authenticated; bind again with a proof", source="general_codes"
        ),
        "5411": Code(NotEntitledError, "product forbids sharing", source="general_codes"),
        "5412": Code(
            AlreadyBoundError,
            "product binds to one user only, already bound",
            source="bindDeviceDk, bindDeviceSn, and 2 more",
        ),
        "5413": Code(InvalidRequestError, "binding mode out of range", source="general_codes"),
        "5414": Code(NotEntitledError, "binding mode not enabled for the product", source="general_codes"),
        "5415": Code(
            InvalidRequestError,
            "binding mode must be named (unique and rotation set, multi not)",
            source="general_codes",
        ),
        "5420": Code(
            SignInError,
            "signature mismatch; wrong user domain secret, or another data centre",
            source="emailPwdLogin, phonePwdLogin",
        ),
        "5421": Code(SignInError, "signature check error", source="general_codes"),
        "5460": Code(
            ProofRejectedError,
            "device has not reported a binding code",
            source="deviceBindingByWifi, enterprise.verifyBindingCode",
        ),
        "5461": Code(ProofRejectedError, "binding code expired", source="deviceBindingByWifi"),
        "5462": Code(
            ProofRejectedError, "binding code check failed", source="deviceBindingByWifi, enterprise.verifyBindingCode"
        ),
        "5465": Code(ProofRejectedError, "device has not reported a binding secret", source="deviceBindingByWifi"),
        "5478": Code(DeviceNotReadyError, "device lapsed", source="general_codes"),
        "5486": Code(SignInError, "account disabled", source="general_codes"),
        "5489": Code(SignInError, "refresh token invalid; sign in", source="general_codes"),
        "5499": Code(NotEntitledError, "binding by device key not allowed for the product", source="general_codes"),
        "5515": Code(InvalidRequestError, "message id missing (inbox)", source="deleteMsg"),
        "5538": Code(NotFoundError, "message unknown (inbox)", source="deleteMsg"),
        "5550": Code(
            InvalidRequestError, "signature missing; the adapter's own mistake", source="emailPwdLogin, phonePwdLogin"
        ),
        "5553": Code(DeviceNotFoundError, "product or device unknown", source="bindDeviceSn"),
        "5579": Code(SignInError, "wrong phone or password, 1 try left", tries_left=1, source="phonePwdLogin"),
        "5580": Code(SignInError, "wrong phone or password, 2 tries left", tries_left=2, source="phonePwdLogin"),
        "5581": Code(SignInError, "wrong phone or password, 3 tries left", tries_left=3, source="phonePwdLogin"),
        "5582": Code(SignInError, "wrong phone or password, 4 tries left", tries_left=4, source="phonePwdLogin"),
        "5583": Code(SignInError, "wrong email or password, 1 try left", tries_left=1, source="emailPwdLogin"),
        "5584": Code(SignInError, "wrong email or password, 2 tries left", tries_left=2, source="emailPwdLogin"),
        "5585": Code(SignInError, "wrong email or password, 3 tries left", tries_left=3, source="emailPwdLogin"),
        "5586": Code(SignInError, "wrong email or password, 4 tries left", tries_left=4, source="emailPwdLogin"),
        "5618": Code(InvalidRequestError, "family id missing (check call)", source="getDeviceInfoByBinding"),
        "5624": Code(
            InvalidRequestError,
            "home mode not enabled; leave the space out",
            source="bindDeviceDk, bindDeviceSn, deviceBindingByPureBt",
        ),
        "5636": Code(
            InvalidRequestError,
            "family id missing (bind and family calls)",
            source="bindDeviceDk, bindDeviceSn, and 3 more",
        ),
        "5638": Code(PermissionDeniedError, "ordinary family member has no permission", source="inviteFamilyMember"),
        "5645": Code(InvalidRequestError, "member role missing", source="inviteFamilyMember"),
        "5646": Code(InvalidRequestError, "expiry missing", source="inviteFamilyMember"),
        "5647": Code(InvalidRequestError, "expiry lies in the past", source="inviteFamilyMember"),
        "5648": Code(InvalidRequestError, "member name missing", source="inviteFamilyMember"),
        "5649": Code(InvalidRequestError, "member name over 256 characters", source="inviteFamilyMember"),
        "5650": Code(ConflictError, "member name taken", source="inviteFamilyMember"),
        "5651": Code(InvalidRequestError, "invitee missing", source="inviteFamilyMember"),
        "5653": Code(
            ConflictError, "user already invited to the family; not a share of a device", source="inviteFamilyMember"
        ),
        "5654": Code(InvalidRequestError, "decision missing", source="familyMemberInviteHandle"),
        "5655": Code(InvalidRequestError, "invitation acceptance data malformed", source="familyMemberInviteHandle"),
        "5669": Code(
            PermissionDeniedError,
            "ordinary family member may not bind",
            source="bindDeviceDk, bindDeviceSn, deviceBindingByPureBt",
        ),
        "5864": Code(ConflictError, "a family member has the device through the family already", source="shareByUid"),
        "5879": Code(InvalidRequestError, "device discriminator missing", source="deviceBindingByWifi"),
        "5880": Code(InvalidRequestError, "Matter product id missing", source="deviceBindingByWifi"),
        "5881": Code(InvalidRequestError, "Matter version missing", source="deviceBindingByWifi"),
        "5882": Code(InvalidRequestError, "vendor id missing", source="deviceBindingByWifi"),
        "5883": Code(InvalidRequestError, "fabric id missing", source="deviceBindingByWifi"),
        "5885": Code(InvalidRequestError, "node id missing", source="deviceBindingByWifi"),
        "5891": Code(InvalidRequestError, "invitee uid, email or phone missing", source="shareByUid"),
        "5893": Code(
            UnavailableError,
            "adding to the common-device list failed; the binding itself may stand",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="bindDeviceDk, bindDeviceSn, deviceBindingByPureBt",
        ),
        "5913": Code(PermissionDeniedError, "no permission to bind", source="getDeviceInfoByBinding"),
        "6040": Code(
            AlreadySharedError,
            "caller already holds an accepted share of the device",
            source="getDeviceInfoByBinding, bindDeviceDk, and 2 more",
        ),
        "6083": Code(
            WrongRegionError, "device belongs to another data centre", source="bindDeviceDk, bindDeviceSn, and 2 more"
        ),
        "6084": Code(WrongRegionError, "MCC belongs to another data centre", source="emailPwdLogin, phonePwdLogin"),
        "6085": Code(
            WrongRegionError,
            "MCC data-centre look-up failed; the mcc parameter is optional",
            source="emailPwdLogin, phonePwdLogin",
        ),
    },
)
