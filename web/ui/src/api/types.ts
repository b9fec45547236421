import type { components } from './schema'

type Schemas = components['schemas']

export type Asset = Schemas['Asset']
export type AssetPage = Schemas['AssetPage']
export type AssetPatch = Schemas['AssetPatch']
export type AuthState = Schemas['AuthState']
export type Me = Schemas['Me']
export type SearchAnswer = Schemas['SearchAnswer']
export type Status = Schemas['Status']
export type UploadResult = Schemas['Uploaded']
export type UploadKnown = Schemas['UploadKnown']
