// Drive the public client ewelink-api-next, unchanged, through the life of a share.
// Its only settings here are the address and the credentials that the first argument brings as JSON; it prints
// each step's name and error number as one JSON line. The package's axios instance is public, and so is its base URL.
import eWeLink from "ewelink-api-next";

const world = JSON.parse(process.argv[2]);

function client() {
  const made = new eWeLink.WebAPI({ appId: world.app_id, appSecret: world.app_secret });
  made.request.defaults.baseURL = world.base_url;
  return made;
}

async function step(name, call) {
  const answer = await call;
  console.log(JSON.stringify({ step: name, status: answer.status, error: answer.error }));
  return answer.data;
}

const owner = client();
const guest = client();
const { user: ownerUser } = await step("login by e-mail", owner.user.login(world.owner));
const { user: guestUser } = await step("login by phone", guest.user.login(world.guest));
await step("refresh", owner.user.refreshToken({}));

const homes = await step("homes", owner.home.getFamily());
const familyId = homes.currentFamilyId;
const { deviceId, deviceKey, chipId } = world.device;
const bound = await step("add", owner.device.addDevice({ name: "lamp", deviceId, deviceKey, chipId, familyId, sort: 2 }));
if (bound.itemData.deviceid !== deviceId) throw new Error("another device was bound");
const gsm = await step("add by QR", owner.device.addGSMDevice({ name: "tracker", id: world.gsm_id }));
const roomId = homes.familyList[0].roomList[0].id;
await step("rename", owner.device.setDeviceInfo({ deviceId, newName: "my lamp", newRoomId: roomId }));

await step("page", owner.device.getAllThings({ familyId, num: 1, lang: "en" }));
const all = await step("all pages", owner.device.getAllThingsAllPages({ familyId }));
if (all.thingList.length !== world.things) throw new Error(`${all.thingList.length} things of ${world.things}`);

const shared = await step(
  "share",
  owner.device.share({
    deviceidList: [deviceId],
    user: { countryCode: world.guest.areaCode, phoneNumber: world.guestPhone },
    permit: 3,
    comment: "from node",
    shareType: 1,
  }),
);
const [row] = shared.updatedThingList[0].itemData.shareTo;
if (row.apikey !== guestUser.apikey || row.permit !== 3) throw new Error("the share is not as asked");
const apiKey = row.apikey;
await step("permit", owner.device.setShare({ deviceId, apiKey, permit: 15 }));
const received = await step("received", guest.device.getThings({ thingList: [{ itemType: 2, id: deviceId }] }));
const { sharedBy } = received.thingList[0].itemData;
if (sharedBy.apikey !== ownerUser.apikey || sharedBy.permit !== 15) throw new Error("the recipient sees another share");
const inbox = await step("messages", guest.message.getMessage({ num: 30 }));
if (inbox.messageList[0].msgType !== "shareNotify_v2") throw new Error("no message tells of the share");
await step("history", owner.device.getOperationHistory({ deviceId, num: 30 }));
await step("cancel", owner.device.delShare({ deviceId, apiKey }));
const gone = await step("nothing received", guest.device.getAllThings({ num: 0 }));
if (gone.thingList.length !== 0) throw new Error("the recipient still has it");

const user = { countryCode: world.guest.areaCode, email: world.guestEmail };
await step("share by e-mail", owner.device.share({ deviceidList: [deviceId], user, permit: 0 }));
await step("leave", guest.device.delDevice({ id: deviceId }));
await step("delete", owner.device.delDevice({ id: deviceId }));
await step("delete again", owner.device.delDevice({ id: deviceId }));
await step("delete the other", owner.device.delDevice({ id: gsm.itemData.deviceid }));
