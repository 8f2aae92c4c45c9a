"""What each of Tencent's codes means for a caller.

One row per code of the vendor's share, bind and sign-in families. ``source`` names the entries of the vendor's contract
(``docs/contracts/tencent.yaml``) that list the code; the reading of each is ``docs/contracts/errors.yaml``.
"""

from __future__ import annotations

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
    ProviderError,
    QuotaExceededError,
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
    "tencent",
    {
        "InternalError": Code(
            UnavailableError,
            "internal error; unpack a nested code from Message first",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="AppSendShareDeviceInvite, AppCreateShareDeviceToken, and 20 more",
        ),
        "InternalError.InternalServerException": Code(
            UnavailableError, "internal fault", outcome=Outcome.UNKNOWN, later=True, source="errors"
        ),
        "InvalidAction": Code(
            InvalidRequestError,
            "unknown action; the adapter's own mistake, or the vendor changed",
            source="AppLogoutUser, AppGetToken, and 3 more",
        ),
        "InvalidParameter": Code(
            InvalidRequestError,
            "parameter invalid",
            source="AppCreateDeviceBindToken, AppGetDeviceBindTokenState, and 3 more",
        ),
        "InvalidParameterValue": Code(
            InvalidRequestError,
            "a parameter value is wrong",
            source="AppSendShareDeviceInvite, AppCreateShareDeviceToken, and 22 more",
        ),
        "ErrorRequiredParamNotFound": Code(
            InvalidRequestError, "a required parameter is missing", source="AppLogoutUser, AppGetToken, and 2 more"
        ),
        "InvalidParameterValue.InvalidJSON": Code(
            InvalidRequestError, "body is not JSON", source="AppLogoutUser, AppGetTokenByWeiXin, errors"
        ),
        "InvalidParameterValue.InvalidAccessToken": Code(
            SignInError,
            "access token invalid or expired",
            renew=True,
            source="AppSendShareDeviceInvite, AppCreateShareDeviceToken, and 16 more",
        ),
        "InvalidParameterValue.UserLoginFailed": Code(
            SignInError, "login failed; seen nested in InternalError", source="AppGetToken, errors"
        ),
        "InvalidParameterValue.ErrorUserNotExists": Code(
            RecipientNotFoundError,
            "account does not exist",
            by_operation={"sign_in": SignInError},
            source="AppGetTokenByWeiXin, errors",
        ),
        "InvalidParameterValue.NickNameLengthInvalid": Code(
            InvalidRequestError, "nickname length not allowed", source="AppGetTokenByWeiXin, errors"
        ),
        "InvalidParameterValue.NoPermission": Code(
            PermissionDeniedError,
            "no right on this device",
            source="AppSendShareDeviceInvite, AppCreateShareDeviceToken, and 3 more",
        ),
        "InvalidParameterValue.AppDeviceNotExist": Code(
            NotBoundError,
            "no such binding; on end there is no such share",
            by_operation={"end": ShareNotFoundError},
            over="seen_active",
            source="AppRemoveUserShareDevice, AppRemoveShareDeviceUser, errors",
        ),
        "InvalidParameterValue.DeviceBinded": Code(
            AlreadySharedError,
            "the caller holds the device already; an own device answers CannotBindOwnDevice instead",
            by_operation={"bind": AlreadyBoundError},
            source="AppBindUserShareDevice, errors",
        ),
        "InvalidParameterValue.DeviecBinded": Code(
            AlreadySharedError,
            "the caller holds the device already; misspelt twin of DeviceBinded",
            by_operation={"bind": AlreadyBoundError},
            source="AppBindUserShareDevice, errors",
        ),
        "InvalidParameterValue.UserBindExceedLimit": Code(
            QuotaExceededError, "too many shared devices on the caller", source="AppBindUserShareDevice, errors"
        ),
        "InvalidParameterValue.DeviceShareExceedLimit": Code(
            QuotaExceededError, "too many users on the device", source="AppBindUserShareDevice, errors"
        ),
        "InvalidParameterValue.CannotBindOwnDevice": Code(
            SelfShareError, "own device", source="AppBindUserShareDevice, errors"
        ),
        "InvalidParameterValue.ShareDeviceTokenUsed": Code(
            ShareEndedError,
            "share token used up; it works once",
            end_reason=EndReason.USED,
            source="AppBindUserShareDevice, errors",
        ),
        "InvalidParameterValue.InvalidShareDeviceToken": Code(
            ShareEndedError,
            "share token unknown or expired, which look the same",
            end_reason=EndReason.UNKNOWN,
            source="AppDescribeShareDeviceToken, errors",
        ),
        "InvalidParameterValue.BindDeviceNotConnected": Code(
            DeviceNotReadyError,
            "device has not reached the cloud recently; it may be on its way",
            later=True,
            source="AppSigBindDeviceInFamily, errors",
        ),
        "InvalidParameterValue.TokenNotExist": Code(
            ProofRejectedError,
            "no such pairing token",
            source="AppGetDeviceBindTokenState, AppTokenBindDeviceFamily, errors",
        ),
        "InvalidParameterValue.TokenIsExpire": Code(
            ProofRejectedError,
            "pairing token expired",
            source="AppGetDeviceBindTokenState, AppTokenBindDeviceFamily, errors",
        ),
        "InvalidParameterValue.ReadTokenInfoError": Code(
            UnavailableError,
            "pairing token unreadable",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="AppGetDeviceBindTokenState, AppTokenBindDeviceFamily, errors",
        ),
        "InvalidParameterValue.TokenInfoSaveError": Code(
            UnavailableError,
            "pairing token not stored; no binding was tried",
            later=True,
            source="AppCreateDeviceBindToken, errors",
        ),
        "UnauthorizedOperation.APPNoPermissionToStudioProduct": Code(
            NotEntitledError,
            "app is not linked to the product in the console",
            source="ShareDeviceToUser, errors, cloud_api_3_errors.module_share_and_bind",
        ),
        "InvalidParameterValue.InvalidAppKey": Code(
            NotEntitledError,
            "AppKey is not valid",
            by_operation={"sign_in": SignInError},
            source="ShareDeviceToUser, RevokeShareDeviceFromUser, and 3 more",
        ),
        "InvalidParameterValue.AppNotExists": Code(
            NotEntitledError, "no such app", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ResourceNotFound.AppNotExists": Code(
            NotEntitledError, "no such app", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "InvalidParameterValue.ShareDeviceToSelf": Code(
            SelfShareError,
            "cannot share with oneself",
            source="ShareDeviceToUser, cloud_api_3_errors.module_share_and_bind",
        ),
        "InvalidParameterValue.UserIDInvalid": Code(
            InvalidRequestError, "user id malformed", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "InvalidParameterValue.DeviceNotExist": Code(
            DeviceNotFoundError, "no such device", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ResourceNotFound.DeviceNotExist": Code(
            DeviceNotFoundError, "no such device", source="ShareDeviceToUser, RevokeShareDeviceFromUser, and 2 more"
        ),
        "ResourceNotFound.ProductNotExist": Code(
            DeviceNotFoundError, "no such product", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ResourceNotFound.ProductOrDeviceNotExist": Code(
            DeviceNotFoundError, "no such product or device", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ResourceNotFound.DeviceNotBind": Code(
            NotBoundError, "device is in no home", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ResourceNotFound.DeviceNotBound": Code(
            NotBoundError,
            "device is bound to nobody",
            source="ShareDeviceToUser, cloud_api_3_errors.module_share_and_bind",
        ),
        "UnauthorizedOperation.NoPermissionToShareDevice": Code(
            PermissionDeniedError,
            "only the owner may share",
            source="ShareDeviceToUser, RevokeShareDeviceFromUser, cloud_api_3_errors.module_share_and_bind",
        ),
        "UnauthorizedOperation.NoPermissionToFamily": Code(
            PermissionDeniedError, "no right on this home", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "UnauthorizedOperation.NoPermissionToStudioProduct": Code(
            NotEntitledError,
            "product not in the cloud account",
            source="ShareDeviceToUser, RevokeShareDeviceFromUser, cloud_api_3_errors.module_share_and_bind",
        ),
        "UnsupportedOperation.CannotReBindFamily": Code(
            AlreadyBoundError,
            "bound to another home already",
            source="BindUserDevice, cloud_api_3_errors.module_share_and_bind",
        ),
        "UnsupportedOperation.ProductIsSubProduct": Code(
            NotEntitledError,
            "sub-products bind through their gateway",
            source="ShareDeviceToUser, RevokeShareDeviceFromUser, and 2 more",
        ),
        "UnsupportedOperation.VirtualDeviceCannotBind": Code(
            NotEntitledError,
            "virtual devices are refused",
            source="BindUserDevice, RevokeBindUserDevice, cloud_api_3_errors.module_share_and_bind",
        ),
        "UnsupportedOperation.InstanceIsolated": Code(
            NotEntitledError, "instance expired", source="cloud_api_3_errors.module_share_and_bind"
        ),
        "ActionOffline": Code(
            ProviderError, "action withdrawn by the vendor; no class fits", source="cloud_api_3_errors.common"
        ),
        "AuthFailure.InvalidAuthorization": Code(
            SignInError, "Authorization header malformed", source="cloud_api_3_errors.common"
        ),
        "AuthFailure.InvalidSecretId": Code(SignInError, "key is not an API key", source="cloud_api_3_errors.common"),
        "AuthFailure.MFAFailure": Code(SignInError, "second factor failed", source="cloud_api_3_errors.common"),
        "AuthFailure.SecretIdNotFound": Code(SignInError, "key does not exist", source="cloud_api_3_errors.common"),
        "AuthFailure.SignatureFailure": Code(SignInError, "signature wrong", source="cloud_api_3_errors.common"),
        "AuthFailure.TokenFailure": Code(SignInError, "temporary token wrong", source="cloud_api_3_errors.common"),
        "AuthFailure.SignatureExpire": Code(
            SignInError, "timestamp more than five minutes off; set the clock", source="cloud_api_3_errors.common"
        ),
        "AuthFailure.UnauthorizedOperation": Code(
            NotEntitledError, "no access policy for the call", source="cloud_api_3_errors.common"
        ),
        "DryRunOperation": Code(
            ProviderError, "dry run would have worked; never asked for", source="cloud_api_3_errors.common"
        ),
        "FailedOperation": Code(
            ProviderError,
            "operation failed, without a reason",
            outcome=Outcome.UNKNOWN,
            source="cloud_api_3_errors.common",
        ),
        "InvalidRequest": Code(InvalidRequestError, "multipart body malformed", source="cloud_api_3_errors.common"),
        "IpInBlacklist": Code(NotEntitledError, "address blocked", source="cloud_api_3_errors.common"),
        "IpNotInWhitelist": Code(NotEntitledError, "address not allowed", source="cloud_api_3_errors.common"),
        "LimitExceeded": Code(QuotaExceededError, "quota exceeded", source="cloud_api_3_errors.common"),
        "MissingParameter": Code(InvalidRequestError, "parameter missing", source="cloud_api_3_errors.common"),
        "NoSuchProduct": Code(InvalidRequestError, "unknown cloud service name", source="cloud_api_3_errors.common"),
        "NoSuchVersion": Code(InvalidRequestError, "unknown version", source="cloud_api_3_errors.common"),
        "RequestLimitExceeded": Code(
            RateLimitedError, "too many requests", later=True, source="cloud_api_3_errors.common"
        ),
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded": Code(
            RateLimitedError, "too many requests of the main account", later=True, source="cloud_api_3_errors.common"
        ),
        "RequestLimitExceeded.IPLimitExceeded": Code(
            RateLimitedError, "too many requests from the address", later=True, source="cloud_api_3_errors.common"
        ),
        "RequestLimitExceeded.UinLimitExceeded": Code(
            RateLimitedError, "too many requests of the main account", later=True, source="cloud_api_3_errors.common"
        ),
        "RequestSizeLimitExceeded": Code(InvalidRequestError, "request too large", source="cloud_api_3_errors.common"),
        "ResourceInUse": Code(ConflictError, "resource busy", source="cloud_api_3_errors.common"),
        "ResourceInsufficient": Code(
            UnavailableError, "not enough resources", later=True, source="cloud_api_3_errors.common"
        ),
        "ResourceNotFound": Code(NotFoundError, "resource missing", source="cloud_api_3_errors.common"),
        "ResourceUnavailable": Code(
            UnavailableError,
            "resource unavailable",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="cloud_api_3_errors.common",
        ),
        "ResponseSizeLimitExceeded": Code(
            InvalidRequestError,
            "answer too large; ask for a smaller page, a change may stand",
            outcome=Outcome.UNKNOWN,
            source="cloud_api_3_errors.common",
        ),
        "ServiceUnavailable": Code(
            UnavailableError, "service down", outcome=Outcome.UNKNOWN, later=True, source="cloud_api_3_errors.common"
        ),
        "UnauthorizedOperation": Code(NotEntitledError, "not authorised", source="cloud_api_3_errors.common"),
        "UnknownParameter": Code(InvalidRequestError, "parameter not defined", source="cloud_api_3_errors.common"),
        "UnsupportedOperation": Code(NotEntitledError, "not supported", source="cloud_api_3_errors.common"),
        "UnsupportedProtocol": Code(
            InvalidRequestError, "only GET and POST over HTTP(S)", source="cloud_api_3_errors.common"
        ),
        "UnsupportedRegion": Code(WrongRegionError, "region not supported", source="cloud_api_3_errors.common"),
    },
)
